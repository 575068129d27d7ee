/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/fact.h"

/*
 * What a source may do with the model. It puts what it saw and commits; the model alone computes
 * what appeared, changed or vanished, and tells nobody before the commit is whole.
 *
 * Two forms. Snapshot, for dumps and files: model_begin(), put everything, model_commit(): what was
 * not put again is gone. News, for single events: put, drop, model_commit().
 */
struct model;

/* The facts of this owner and these kinds (1 << FACT_...) are about to be put again. */
void model_begin(struct model *model, uint32_t owner, uint32_t kinds);

/* 0; -ENOSPC: a limit is reached, the newcomer is refused and counted; -ENOMEM; -EINVAL. */
int model_put(struct model *model, uint32_t owner, const struct fact *fact);

/* Drops the fact of this key, if there is one. */
void model_drop(struct model *model, uint32_t owner, const struct fact *fact);

/* Drops every fact of this owner about a link that is gone. */
void model_drop_link(struct model *model, uint32_t owner, uint32_t ifindex);

/* A provider was heard from: ends the suspicion that a lost carrier raised. */
void model_heard(struct model *model, uint32_t ifindex, const struct mif_address *provider);

/* 0, or -ENOMEM: what is left to tell is told by the next call, which the engine makes by itself soon
 * after. */
int model_commit(struct model *model, uint64_t now);
