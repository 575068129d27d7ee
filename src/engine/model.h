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

/* A link that may be taken down and brought up. */
struct link_policy {
	char name[16]; /* as IFNAMSIZ */
	bool control; /* on request */
	bool on_demand; /* up when it is wanted, down when it is not */
	bool created; /* it need not exist: its command makes it; on demand */
	bool by_command; /* of who manages it: it is up when it has a domain, whatever the kernel calls it */
	uint32_t hold_limit; /* milliseconds, at most, that it may be held; 0: as is asked for */
	uint64_t idle_time; /* on demand: how long nobody has wanted it then, nanoseconds */
};

/* What of a link's state makes it going away, though nobody takes it down. */
struct forecast_policy {
	char name[16]; /* as IFNAMSIZ */
	int32_t signal; /* dBm: too weak is what is below; 0: that is not looked at */
	uint32_t hysteresis; /* dB above that it must be to be strong enough again */
	uint64_t signal_time; /* how long, either way, in nanoseconds */
	uint32_t losses; /* of the carrier, at most FORECAST_LOSSES; 0: they are not counted */
	uint64_t
		carrier_time; /* within which so many are too many, and after which without one it stays */
};

#define FORECASTS 64
#define FORECAST_LOSSES 8

/* What the engine wants done with one, by its host. */
struct link_order {
	uint64_t id; /* for the answer */
	bool up;
	uint32_t ifindex; /* 0: it does not exist */
	char name[16];
};

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

/* ---- what will become of a link (3.3.7.25.4 and .5) ----
 *
 * Who knows before the kernel does says so: what manages the network, what puts the host to sleep, a
 * lease that ends. Who must know is told. owner: the source's number, as for facts: each source has its
 * own reason, and an interface is going away as long as one is left. An ifindex without an interface
 * is no fault, and nothing is told of it. */

/* It will be taken down at the deadline, by somebody else; why: enum mif_away. ifindex 0: every interface
 * that is up, but for loopback. Said again with another deadline, it is told again. When nobody wants the interface any more, or the deadline has come, the source's released is
 * called (engine/source.h), after this. */
void model_going_away(struct model *model, uint32_t owner, uint32_t ifindex, uint32_t why,
	uint64_t deadline, uint64_t now);

/* This source's reason is no more: called off, if it was the last one. ifindex 0: of every interface. */
void model_staying(struct model *model, uint32_t owner, uint32_t ifindex);

/* What this source said has come true: the reason ends with the interface's domains; if they stay, the
 * interface does after all, which is told 10 seconds later. */
void model_has_gone(struct model *model, uint32_t owner, uint32_t ifindex, uint64_t now);

/* Whether one that is going away for this source's reason may still be held, and is. */
bool model_is_held(const struct model *model, uint32_t owner);

/* It will be brought up; if it was going away, as model_staying(). */
void model_going_up(struct model *model, uint32_t owner, uint32_t ifindex);

/* Which links are going away for what is seen of them: all that there are, as in a snapshot; those beyond
 * FORECASTS are not. They are copied. */
void model_forecast(struct model *model, const struct forecast_policy *policies, size_t count);

/* How strong a link's radio signal is, in dBm, below 0; 0: that is not known any more. */
void model_signal(struct model *model, uint32_t ifindex, int32_t dbm, uint64_t now);

/* For a source that stands for the host: as engine_tell_lifetimes(), engine_allow_link() and
 * engine_order_done(). */
void model_tell_lifetimes(struct model *model, uint64_t notice);
int model_allow_link(struct model *model, const struct link_policy *policy);
void model_order_done(struct model *model, uint64_t id, int error, const char *text, uint64_t now);

/* 0, or -ENOMEM: what is left to tell is told by the next call, which the engine makes by itself soon
 * after. */
int model_commit(struct model *model, uint64_t now);
