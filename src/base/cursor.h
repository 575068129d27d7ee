/* SPDX-License-Identifier: MIT */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The two cursors through which every octet from or to the outside goes. A reader that runs past
 * its end yields zeroes and remembers it: check "failed" once, after the last read. A writer
 * likewise.
 */
struct reader {
	const uint8_t *at, *end;
	bool failed;
};

struct writer {
	uint8_t *at, *end;
	bool failed;
};

static inline struct reader reader_of(const void *octets, size_t size)
{
	return (struct reader){.at = octets, .end = (const uint8_t *)octets + size};
}

static inline size_t reader_left(const struct reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

/* The next size octets, or NULL. */
static inline const uint8_t *reader_take(struct reader *reader, size_t size)
{
	if (size > reader_left(reader)) {
		reader->failed = true;
		reader->at = reader->end;
		return NULL;
	}
	reader->at += size;
	return reader->at - size;
}

/* A reader of the next size octets, which this one skips. */
static inline struct reader reader_part(struct reader *reader, size_t size)
{
	const uint8_t *octets = reader_take(reader, size);

	if (octets == NULL)
		return (struct reader){.at = reader->end, .end = reader->end, .failed = true};
	return reader_of(octets, size);
}

/* Of 1 to 8 octets. */
static inline uint64_t reader_number(struct reader *reader, size_t size)
{
	const uint8_t *octets = reader_take(reader, size);
	uint64_t value = 0;

	if (octets == NULL)
		return 0;
	memcpy(&value, octets, size);
	return be64toh(value) >> (64 - 8 * size);
}

static inline uint8_t reader_u8(struct reader *reader)
{
	return (uint8_t)reader_number(reader, 1);
}

static inline uint16_t reader_u16(struct reader *reader)
{
	return (uint16_t)reader_number(reader, 2);
}

static inline uint32_t reader_u32(struct reader *reader)
{
	return (uint32_t)reader_number(reader, 4);
}

static inline uint64_t reader_u64(struct reader *reader)
{
	return reader_number(reader, 8);
}

static inline void reader_copy(struct reader *reader, void *to, size_t size)
{
	const uint8_t *octets = reader_take(reader, size);

	if (octets != NULL)
		memcpy(to, octets, size);
	else
		memset(to, 0, size);
}

static inline struct writer writer_of(void *octets, size_t size)
{
	return (struct writer){.at = octets, .end = (uint8_t *)octets + size};
}

/* Room for size octets, or NULL. */
static inline uint8_t *writer_take(struct writer *writer, size_t size)
{
	uint8_t *octets = writer->at;

	if (writer->failed || size > (size_t)(writer->end - octets)) {
		writer->failed = true;
		writer->at = writer->end;
		return NULL;
	}
	writer->at = octets + size;
	return octets;
}

static inline void writer_number(struct writer *writer, uint64_t value, size_t size)
{
	uint8_t *octets = writer_take(writer, size);

	value = htobe64(value << (64 - 8 * size));
	if (octets != NULL)
		memcpy(octets, &value, size);
}

static inline void writer_octets(struct writer *writer, const void *from, size_t size)
{
	uint8_t *octets = writer_take(writer, size);

	if (octets != NULL)
		memcpy(octets, from, size);
}
