/* SPDX-License-Identifier: MIT */
/*
 * Prints include/mif/message.h from the table. The printed header is kept in the tree, for readers
 * and for includes; a test compares it with what this prints.
 */
#include <stdio.h>
#include <string.h>

static const char *c_type(const char *type)
{
	static const char *const types[][2] = {
		{"u16", "uint16_t"},
		{"u32", "uint32_t"},
		{"u64", "uint64_t"},
		{"address", "struct mif_address"},
		{"endpoint", "struct mif_endpoint"},
		{"text", "char"},
		{"fd", "int"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i][0]) == 0)
			return types[i][1];
	}
	return "?";
}

/* A comment block of at most 96 columns. */
static void print_comment(const char *section, const char *text)
{
	char line[1024];
	size_t column = 2;

	if (strcmp(section, "extension") == 0)
		snprintf(line, sizeof(line), "Extension. %s", text);
	else
		snprintf(line, sizeof(line), "Section %s. %s", section, text);
	printf("\n/*");
	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
		if (column + 1 + strlen(word) > 96) {
			printf("\n *");
			column = 2;
		}
		printf(" %s", word);
		column += 1 + strlen(word);
	}
	printf(" */\n");
}

static void print_field(const char *type, const char *field, const char *values, const char *text)
{
	printf("\t%s %s%s;", c_type(type), field,
		strcmp(type, "text") == 0 ? "[MIF_TEXT_SIZE]" : "");
	if (strcmp(values, "none") != 0)
		printf(" /* enum mif_%s: %s */\n", values, text);
	else
		printf(" /* %s */\n", text);
}

static void print_values(void)
{
#define ENUM(name, text) printf("\n/* %s */\nenum mif_%s {\n", text, #name);
#define FLAGS(name, text) printf("\n/* %s Flags. */\nenum mif_%s {\n", text, #name);
#define VALUE(NAME, number, name, text) printf("\tMIF_%s = %d, /* %s */\n", #NAME, number, text);
#define END_VALUES(name) printf("};\n");
#include "message/values.def"
#undef ENUM
#undef FLAGS
#undef VALUE
#undef END_VALUES
}

static void print_types(void)
{
	printf("\n/* The messages. Requests go to the MIF API, reports come from it. */\n");
	printf("enum mif_message_type {\n");
#define MESSAGE(number, NAME, name, section, text) printf("\tMIF_%s = 0x%04x,\n", #NAME, number);
#define FIELD(message, type, field, values, text)
#define END_MESSAGE(name)
#define REQUEST MESSAGE
#define REPORT MESSAGE
#define EXTENSION_REQUEST MESSAGE
#define EXTENSION_REPORT MESSAGE
#include "message/message.def"
#undef MESSAGE
#undef FIELD
#undef END_MESSAGE
	printf("};\n");
}

static void print_structs(void)
{
	int fields = 0;

#define MESSAGE(number, NAME, name, section, text)  \
	print_comment(section, text);               \
	printf("struct mif_message_%s {\n", #name); \
	fields = 0;
#define FIELD(message, type, field, values, text)  \
	print_field(#type, #field, #values, text); \
	fields++;
#define END_MESSAGE(name) printf("%s};\n", fields == 0 ? "\tuint32_t nothing; /* 0 */\n" : "");
#include "message/message.def"
#undef MESSAGE
#undef FIELD
#undef END_MESSAGE
}

static void print_union(void)
{
	printf("\n/* A message is a value: nothing in it is to be freed. */\n");
	printf("struct mif_message {\n");
	printf("\tuint32_t type;   /* enum mif_message_type */\n");
	printf("\tuint32_t tag;    /* of a request: any number; its answers carry it */\n");
	printf("\tuint32_t serial; /* the library's own */\n");
	printf("\tunion {\n");
#define MESSAGE(number, NAME, name, section, text) \
	printf("\t\tstruct mif_message_%s %s;\n", #name, #name);
#define FIELD(message, type, field, values, text)
#define END_MESSAGE(name)
#include "message/message.def"
	printf("\t} as;\n};\n");
}

int main(void)
{
	printf("/* SPDX-License-Identifier: MIT */\n");
	printf("/* Printed by src/message/generate-header.c from message.def and values.def: "
	       "change those. */\n");
	printf("#ifndef MIF_MESSAGE_H\n#define MIF_MESSAGE_H\n\n");
	printf("#include <stdint.h>\n\n#include <mif/address.h>\n\n");
	printf("#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
	printf("/* Room for every text in a message, with its NUL. */\n#define MIF_TEXT_SIZE "
	       "256\n\n");
	printf("/* A lifetime without end. */\n#define MIF_FOREVER UINT64_MAX\n");
	print_values();
	print_types();
	print_structs();
	print_union();
	printf("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
	return 0;
}
