/* SPDX-License-Identifier: MIT */
/*
 * One HTTPS transfer by libcurl, which decides nothing: no name is resolved, no redirection followed,
 * no proxy, cookie, password or file used. The socket is made here, bound to the domain's interface
 * and address, and connected to one of the addresses of the request or not at all.
 */
#include "fetch/transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"

#define MEDIA_TYPE "application/pvd+json"
#define HEADERS_MAX 32768

struct transfer {
	const struct fetch_request *request;
	struct fetch_answer *answer;
	size_t header_size;
	bool too_long;
};

int transfer_prepare(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

const char *transfer_authorities(void)
{
	return curl_version_info(CURLVERSION_NOW)->cainfo;
}

/* ---- what libcurl calls ---- */

static size_t body_take(char *octets, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	struct fetch_answer *answer = transfer->answer;

	size *= count;
	if (size > FETCH_BODY_MAX - answer->size) {
		transfer->too_long = true;
		return 0;
	}
	memcpy(answer->body + answer->size, octets, size);
	answer->size += (uint32_t)size;
	return size;
}

/* Nobody needs them, but they could go on for ever. */
static size_t header_take(char *octets, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;

	(void)octets;
	transfer->header_size += size * count;
	if (transfer->header_size > HEADERS_MAX) {
		transfer->too_long = true;
		return 0;
	}
	return size * count;
}

static struct mif_address sockaddr_address(const struct sockaddr *name)
{
	if (name->sa_family == AF_INET)
		return address_ipv4(&((const struct sockaddr_in *)(const void *)name)->sin_addr);
	if (name->sa_family == AF_INET6)
		return address_ipv6(
			&((const struct sockaddr_in6 *)(const void *)name)->sin6_addr, 0);
	return (struct mif_address){0};
}

static bool is_wanted(const struct fetch_request *request, const struct sockaddr *name)
{
	struct mif_address address = sockaddr_address(name);

	for (uint32_t i = 0; i < request->address_count; i++) {
		if (address_equal(&request->addresses[i], &address))
			return true;
	}
	return false;
}

static int source_bind(int fd, const struct mif_address *source)
{
	struct sockaddr_in name4 = {.sin_family = AF_INET};
	struct sockaddr_in6 name6 = {.sin6_family = AF_INET6};

	if (source->family == AF_INET) {
		memcpy(&name4.sin_addr, source->octets, sizeof(name4.sin_addr));
		return bind(fd, (const struct sockaddr *)&name4, sizeof(name4));
	}
	memcpy(&name6.sin6_addr, source->octets, sizeof(name6.sin6_addr));
	name6.sin6_scope_id = source->scope;
	return bind(fd, (const struct sockaddr *)&name6, sizeof(name6));
}

/* Both bindings, or no socket: the address alone would leave by the main table's choice of link. */
static curl_socket_t socket_open(void *context, curlsocktype purpose, struct curl_sockaddr *remote)
{
	const struct fetch_request *request = ((struct transfer *)context)->request;
	const struct mif_address *source =
		remote->family == AF_INET ? &request->source4 : &request->source6;
	int ifindex = (int)request->ifindex, fd;

	(void)purpose;
	if (source->family != remote->family || !is_wanted(request, &remote->addr))
		return CURL_SOCKET_BAD;
	fd = socket(remote->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) < 0 ||
		source_bind(fd, source) < 0) {
		close(fd);
		return CURL_SOCKET_BAD;
	}
	return fd;
}

/* ---- the transfer ---- */

/* "HOST:443:ADDRESS,[ADDRESS]": what libcurl takes instead of asking. */
static struct curl_slist *resolved(const struct fetch_request *request)
{
	char text[MIF_TEXT_SIZE + 8 + FETCH_ADDRESSES * (MIF_ADDRESS_TEXT + 3)];
	char address[MIF_ADDRESS_TEXT];
	size_t length = (size_t)snprintf(text, sizeof(text), "%s:443:", request->host);

	for (uint32_t i = 0; i < request->address_count; i++) {
		bool is_ipv6 = request->addresses[i].family == AF_INET6;

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s%s%s",
			i > 0 ? "," : "", is_ipv6 ? "[" : "",
			mif_address_format(&request->addresses[i], address), is_ipv6 ? "]" : "");
	}
	return curl_slist_append(NULL, text);
}

static CURLcode transfer_limits(CURL *curl)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)FETCH_SECONDS);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)FETCH_BODY_MAX);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	return code;
}

/* RFC 8801 section 4.1: the certificate is for the PvD ID, whoever answers. */
static CURLcode transfer_trust(CURL *curl, const struct authorities *authorities)
{
	struct curl_blob blob = {.data = authorities->pem, .len = authorities->size};
	CURLcode code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	return code;
}

static CURLcode transfer_calls(CURL *curl, struct transfer *transfer)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_take);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_take);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, socket_open);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
	return code;
}

static CURLcode transfer_address(CURL *curl, const struct fetch_request *request,
	struct curl_slist *names, struct curl_slist *headers)
{
	char url[sizeof("https://") + MIF_TEXT_SIZE + FETCH_PATH_SIZE];
	CURLcode code;

	snprintf(url, sizeof(url), "https://%s%s", request->host, request->path);
	code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_URL, url);
	/* The path as it came: libcurl would take dots out. */
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_RESOLVE, names);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	return code;
}

/* What the transfer's own end says, whatever the server said in it. */
static uint32_t failure_of(CURLcode code, const struct transfer *transfer)
{
	if (transfer->too_long)
		return FETCH_TOO_LONG;
	switch (code) {
	case CURLE_FILESIZE_EXCEEDED:
		return FETCH_TOO_LONG;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return FETCH_UNTRUSTED;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return FETCH_REFUSED;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_UNKNOWN_OPTION:
	case CURLE_NOT_BUILT_IN:
		return FETCH_FAULT;
	default:
		return FETCH_UNREACHABLE;
	}
}

static bool is_media_type(const char *type)
{
	size_t length = strlen(MEDIA_TYPE);

	return type != NULL && strncasecmp(type, MEDIA_TYPE, length) == 0 &&
		(type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static void redirect_take(struct fetch_answer *answer, const char *uri)
{
	answer->result = FETCH_REFUSED;
	answer->size = 0;
	if (uri == NULL || strlen(uri) > FETCH_BODY_MAX)
		return;
	answer->result = FETCH_REDIRECT;
	answer->size = (uint32_t)strlen(uri);
	memcpy(answer->body, uri, answer->size);
}

static void answer_judge(CURL *curl, struct fetch_answer *answer)
{
	const char *type = NULL, *uri = NULL;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &uri);
	answer->status = (uint32_t)status;
	if (status >= 300 && status < 400)
		redirect_take(answer, uri);
	else if (status < 200 || status >= 300)
		answer->result = FETCH_REFUSED;
	else if (!is_media_type(type))
		answer->result = FETCH_WRONG_TYPE;
	else
		answer->result = FETCH_BODY;
}

void transfer_run(const struct fetch_request *request, const struct authorities *authorities,
	struct fetch_answer *answer)
{
	struct transfer transfer = {.request = request, .answer = answer};
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: " MEDIA_TYPE);
	struct curl_slist *names = resolved(request);
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;

	answer->size = answer->status = 0;
	if (curl != NULL && headers != NULL && names != NULL)
		code = transfer_limits(curl);
	if (code == CURLE_OK)
		code = transfer_trust(curl, authorities);
	if (code == CURLE_OK)
		code = transfer_calls(curl, &transfer);
	if (code == CURLE_OK)
		code = transfer_address(curl, request, names, headers);
	if (code == CURLE_OK)
		code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		answer_judge(curl, answer);
	else
		answer->result = failure_of(code, &transfer);
	if (answer->result != FETCH_BODY && answer->result != FETCH_REDIRECT)
		answer->size = 0;
	curl_easy_cleanup(curl);
	curl_slist_free_all(names);
	curl_slist_free_all(headers);
}
