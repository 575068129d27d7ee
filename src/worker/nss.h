/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "worker/answer.h"
#include "worker/names.h"
#include "worker/watch.h"

/* So many processes at once; what else is asked waits. */
#define NSS_RUNNING 4
#define NSS_WAITING 1024

/* What one of them may take, beyond its own limit (nss/exchange.h), to be started. */
#define NSS_PATIENCE (6 * NSEC_PER_SEC)

/* How long a name may wait for its process, and how soon one that was refused is asked for again. */
#define NSS_QUEUE_PATIENCE (10 * NSEC_PER_SEC)
#define NSS_RETRY (200 * NSEC_PER_MSEC)

/* The modules do not say how long their answers hold. */
#define NSS_TTL 5
#define NSS_NEGATIVE_TTL 1

struct nss;
struct inquiry;

struct nss_counters {
	uint64_t asked, answers, failures;
};

/* 0, or -ENOMEM. */
int nss_new(struct nss **nssp, const struct names_switch *options, struct watches *watches);
void nss_free(struct nss *nss); /* takes NULL; nobody may be waiting */

/* Asks for the addresses of one family. The answer is put into the list, to be fetched there. The name must
 * stay as it is until then or until the inquiry is dropped. 0, or negative errno. */
int nss_ask(struct nss *nss, struct inquiry **inquiryp, const char *name, uint16_t type,
	void *owner, struct list *answered, uint64_t now);

/* Takes NULL. */
void nss_drop(struct inquiry *inquiry);

/* Fetches an answer, and whose it is; its inquiry is gone then. */
bool nss_answer(struct list *answered, struct answer *answer, void **ownerp);

/* What became of options.start(): see names_switch_started(). */
void nss_started(struct nss *nss, uint32_t number, int fd, uint64_t now);

/* Starts what waits, gives up. */
void nss_run(struct nss *nss, uint64_t now);

/* When nss_run() wants to be called; TIME_FOREVER: never. */
uint64_t nss_deadline(const struct nss *nss);

const struct nss_counters *nss_counters(const struct nss *nss);
