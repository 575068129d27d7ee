/* SPDX-License-Identifier: MIT */
/*
 * Octets as what a name server says: every record of the message, then what it means as the answer to
 * each kind of question, with the name that it says it answers.
 */
#include "fuzz.h"

#include "base/address.h"
#include "worker/answer.h"

#include <string.h>

#define MDNS_FLAG 0x8000

/* Lengths and labels that fit, and nothing in capitals. */
static void check_name(const struct dns_name *name)
{
	size_t at = 0;

	while (at < name->size && name->octets[at] != 0) {
		PROMISE(name->octets[at] <= 63);
		for (size_t i = 1; i <= name->octets[at]; i++)
			PROMISE(name->octets[at + i] < 'A' || name->octets[at + i] > 'Z');
		at += 1U + name->octets[at];
	}
	PROMISE(at + 1 == name->size);
}

static void check_text(const struct dns_name *name)
{
	struct dns_name again;
	char text[DNS_NAME_OCTETS];

	if (dns_name_format(name, text, sizeof(text)) < 0)
		return;
	PROMISE(strlen(text) == (size_t)name->size - 2);
	PROMISE(dns_name_parse(&again, text) == 0 && dns_name_equal(&again, name));
	PROMISE(dns_name_is(name, text));
	text[strlen(text) - 1] ^= 1;
	PROMISE(!dns_name_is(name, text));
}

/* What is known of the question's name changes nothing. */
static void check_records(struct dns_message message)
{
	struct dns_message plain = message;
	struct dns_record record, again;
	struct dns_name name;

	plain.question.name.size = 0;
	while (dns_next(&message, &record) == 1) {
		PROMISE(dns_next(&plain, &again) == 1);
		PROMISE(dns_name_equal(&again.owner, &record.owner));
		check_name(&record.owner);
		check_text(&record.owner);
		PROMISE(record.section < DNS_SECTIONS);
		PROMISE(record.data.end <= message.whole.end);
		if (dns_read_name(&message, &record.data, &name) == 0)
			check_name(&name);
	}
	PROMISE(dns_next(&plain, &again) != 1);
}

static void check_services(const struct answer *answer)
{
	PROMISE(answer->count <= ANSWER_SERVICES);
	for (uint32_t i = 0; i < answer->count; i++) {
		const struct service *service = &answer->items.service[i];

		PROMISE(i == 0 || service[-1].record.priority <= service->record.priority);
		PROMISE(service->record.priority > 0 || answer->count == 1);
		PROMISE(strnlen(service->record.target, MIF_TEXT_SIZE) <= 253);
		PROMISE(strnlen(service->record.alpn, MIF_TEXT_SIZE) < MIF_TEXT_SIZE);
		PROMISE(service->hint_count <= SERVICE_HINTS);
	}
}

static void check_answer(struct dns_message message, uint16_t type)
{
	struct dns_question question = message.question;
	struct answer answer;

	question.type = type;
	answer_read(&answer, &question, &message, 7);
	PROMISE(answer.count <= ANSWER_ADDRESSES);
	PROMISE((answer.status == MIF_TRANSLATION_FOUND) == (answer.count > 0));
	PROMISE(answer.status <= MIF_TRANSLATION_FAILED && answer.ttl <= INT32_MAX);
	if (answer.services) {
		check_services(&answer);
		return;
	}
	for (uint32_t i = 0; i < answer.count; i++) {
		const struct mif_address *address = &answer.items.addresses[i];

		PROMISE(address->family == (type == DNS_A ? AF_INET : AF_INET6));
		PROMISE(address->scope == 0 || address->scope == 7);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct dns_message message;

	if (dns_open(&message, octets, size) < 0)
		return 0;
	if (message.question.name.size > 0)
		check_name(&message.question.name);
	check_records(message);
	check_answer(message, DNS_A);
	check_answer(message, DNS_AAAA);
	check_answer(message, DNS_HTTPS);
	/* From a host of the link: a bit of the class is a flag. */
	message.class_mask = MDNS_FLAG ^ UINT16_MAX;
	check_answer(message, DNS_AAAA);
	check_answer(message, DNS_SVCB);
	return 0;
}
