/* SPDX-License-Identifier: MIT */
/*
 * Prints the manual page mif-messages(7) from the message table: what the table gains or changes,
 * the page tells. Only what holds for all messages alike is written down here.
 */
#include <stdio.h>
#include <string.h>

#include "message/message.h"

static void print_all(const char *const *lines)
{
	for (; *lines != NULL; lines++)
		puts(*lines);
}

/* Text as roff: a sentence a line, and nothing at a line's beginning that would be a request. */
static void print_text(const char *text)
{
	char last = '\n';

	for (; *text != '\0'; text++) {
		if (last == '\n' && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == ' ' && last == '.')
			putchar('\n');
		else if (*text != ' ' || last != '\n')
			putchar(*text);
		last = *text == ' ' && last == '.' ? '\n' : *text;
	}
	putchar('\n');
}

/* ---- the parts that are the same for all ---- */

static const char *const head[] = {
	".\\\" SPDX-License-Identifier: MIT",
	".\\\" Printed by man/generate-messages.c from the message table.",
	".Dd November 22, 2026",
	".Dt MIF-MESSAGES 7",
	".Os",
	".Sh NAME",
	".Nm mif-messages",
	".Nd the messages of the MIF API",
	".Sh DESCRIPTION",
	"These are the messages that a program exchanges with the MIF API by",
	".Fn mif_post",
	"and",
	".Fn mif_get",
	".Pq see Xr mif 3 :",
	".Em requests",
	"go to it,",
	".Em reports",
	"come from it.",
	"Those of draft-ietf-mif-api-extension-02 bear the number of the section that",
	"describes them, followed by their number; the others are",
	".Em extensions .",
	".Pp",
	"A message is a",
	".Vt struct mif_message :",
	"its",
	".Fa type ,",
	"a",
	".Fa tag",
	"that the caller chooses for a request and finds in the answers to it, and the",
	"fields in the member of the union",
	".Fa as",
	"that is named like the message.",
	"The number of a type is",
	".Dv MIF_",
	"and the name in capitals:",
	".Dv MIF_ANNOUNCE_INTERFACES",
	"with",
	".Fa as.announce_interfaces .",
	"A message is a value: it holds no pointers, may be copied, and nothing in it",
	"is to be freed.",
	"Fields that a program does not know or need are 0 in a request.",
	".Ss Calls and conventions",
	"Requests and reports interleave freely.",
	"What is malformed is refused by",
	".Fn mif_post ;",
	"what the host or the network decides is a report.",
	".Pp",
	"An announcement is asked for once.",
	"First everything that is known is announced, then",
	".Sy end_of_announcements",
	"with the request's tag, then every change.",
	"Asking again sends all of it again.",
	"What has changed is announced again under the same identifier; what is gone is",
	"withdrawn by the message whose name begins with",
	".Dq no_ .",
	"Withdrawals come children first: addresses and elements, then their domain,",
	"then its interface; every identifier is still valid when it is named.",
	"A withdrawal also ends the subscription to what was below it.",
	"After a",
	".Dq stop_",
	"request was posted, nothing of the kind is delivered any more.",
	"A reader that is slow is told the latest state of each thing, not all the",
	"states between.",
	".Pp",
	"Identifiers of interfaces and domains are 64 bits wide and never used again as",
	"long as the engine lives; 0 is none.",
	"Those of translations and connections are chosen by the caller; while one is",
	"in use, a request with the same is refused with",
	".Er EEXIST .",
	".Pp",
	"Times are nanoseconds.",
	"Points in time are of",
	".Dv CLOCK_BOOTTIME ;",
	".Dv MIF_FOREVER",
	"is a lifetime without end.",
	".Ss Types of fields",
	".Bl -tag -width endpoint -compact",
	".It u16 , u32 , u64",
	"numbers; those with named values are listed under",
	".Sx VALUES",
	".It address",
	".Vt struct mif_address ,",
	"its family",
	".Dv AF_UNSPEC",
	"if there is none",
	".It endpoint",
	".Vt struct mif_endpoint :",
	"an address with a port in host order",
	".It text",
	"up to 255 octets and a NUL; text from the network may hold any octet",
	".It fd",
	"a descriptor; it is closed by the next",
	".Fn mif_get",
	"unless it was taken by",
	".Fn mif_message_take_fd",
	".El",
	NULL,
};

static const char *const strict[] = {
	".Sh STRICT MODE",
	"A handle opened with",
	".Dv MIF_OPEN_STRICT",
	"sees the draft's own messages only: a request that is an extension is refused",
	"with",
	".Er EOPNOTSUPP ,",
	"and no extension is reported.",
	"A program then cannot tell the end of the first announcements, nor an error",
	"from silence.",
	NULL,
};

static const char *const wire[] = {
	".Sh TEXT FORM",
	"A message as",
	".Fn mif_message_format",
	"and",
	".Ql mif monitor",
	"print it is its name, followed by",
	".Ar field Ns = Ns Ar value",
	"for every field that is not 0 or empty.",
	"Named values appear by their names, several flags separated by commas.",
	"In a text, whatever is not printable ASCII, and blanks, quotes and",
	"backslashes, become",
	".Ql \\ex",
	"and two hexadecimal digits.",
	".Sh OCTET FORM",
	"Between",
	".Xr mifd 8",
	"and the library a message is its length, its type",
	".Pq 2 octets each ,",
	"its tag, a serial number",
	".Pq 4 octets each ,",
	"and its fields in the order listed here, all in network order.",
	"An address is its family",
	".Pq 0, 4 or 6; 1 octet ,",
	"its scope",
	".Pq 4 octets",
	"and 16 octets; the port of an endpoint",
	".Pq 2 octets",
	"follows.",
	"A text is its length",
	".Pq 1 octet",
	"and its octets, without the NUL.",
	"Descriptors travel beside the octets.",
	"Fields are only ever added at the end of a message, and numbers never used",
	"again.",
	"Programs use the library; the form may change with the protocol version.",
	".Sh SEE ALSO",
	".Xr mif 1 ,",
	".Xr mif 3 ,",
	".Xr mifd 8",
	".Sh STANDARDS",
	"draft-ietf-mif-api-extension-02,",
	".Dq MIF API consideration ,",
	"sections 3.3.6 and 3.3.7;",
	"RFC 7556, RFC 8801, RFC 8305 and RFC 6724.",
	NULL,
};

/* ---- messages ---- */

static void print_field(const struct field_info *field)
{
	printf(".It Fa %s Pq %s\n", field->name, field->type_name);
	print_text(field->text);
	if (field->values->count > 0)
		printf(".Pq %s Sy %s\n", field->values->flags ? "flags" : "one of",
			field->values->name);
}

static void print_message(const struct message_info *message)
{
	printf(".It Sy %s Pq %s, 0x%04x\n", message->name, message->section, message->type);
	print_text(message->text);
	if (message->count == 0) {
		puts("No fields.");
		return;
	}
	puts(".Bl -tag -width Ds -compact");
	for (size_t i = 0; i < message->count; i++)
		print_field(&message->fields[i]);
	puts(".El");
}

static void print_messages(const char *title, bool report, bool extension)
{
	printf(".Sh %s\n.Bl -tag -width Ds\n", title);
	for (size_t i = 0; i < message_table_size; i++)
		if (message_table[i].report == report && message_table[i].extension == extension)
			print_message(&message_table[i]);
	puts(".El");
}

/* ---- values ---- */

static void print_values_head(const char *name, const char *text, bool flags)
{
	printf(".Ss %s\n", name);
	print_text(text);
	if (flags)
		puts("Any of them, or'ed.");
	puts(".Pp\n.Bl -tag -width Ds -compact");
}

static void print_value(
	const char *constant, unsigned int number, const char *name, const char *text)
{
	printf(".It Dv MIF_%s Pq %u , Sy %s\n", constant, number, name);
	print_text(text);
}

static void print_values(void)
{
#define ENUM(name, text) print_values_head(#name, text, false);
#define FLAGS(name, text) print_values_head(#name, text, true);
#define VALUE(NAME, number, name, text) print_value(#NAME, number, name, text);
#define END_VALUES(name) puts(".El");
#include "message/values.def"
}

int main(void)
{
	print_all(head);
	print_messages("REQUESTS", false, false);
	print_messages("REPORTS", true, false);
	puts(".Sh EXTENSIONS");
	puts("What the draft does not have.");
	print_messages("EXTENSIONS: REQUESTS", false, true);
	print_messages("EXTENSIONS: REPORTS", true, true);
	print_all(strict);
	puts(".Sh VALUES");
	puts("The constant of C and its number, and the name in text.");
	print_values();
	print_all(wire);
	return 0;
}
