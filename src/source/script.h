/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/*
 * Facts from a text, and the time with them: for test scenarios, and for everybody who wants to see
 * his program in a network that he does not have. One line each:
 *
 *	put KIND KEY=VALUE...	a fact (engine/fact.h): link address route router pvd prefix data
 *	drop KIND KEY=VALUE...	its key is enough
 *	heard ifindex=N provider=ADDRESS
 *	begin			what is not put again before the commit is gone
 *	commit
 *	at SECONDS		commit, let time pass until then, and commit
 *
 * What becomes of links, of which this source is the host then:
 *
 *	allow NAME [control] [on-demand] [by-command] [created] [idle=SECONDS]
 *	      [hold=MILLISECONDS]
 *				the engine may ask for it to be taken down and brought up
 *	done up|down IFINDEX ERRNO
 *				what it has asked for is done (0), or is not; a mistake if it has not
 *	none			a mistake if it has asked for anything that is not done
 *	away IFINDEX SECONDS [CAUSE]
 *				somebody takes it down after so long; 0: all
 *	lifetimes SECONDS	what ends and is not renewed is told so long before
 *	stay IFINDEX		and does not, after all; 0: none of them
 *	up IFINDEX		somebody brings it up
 *	forecast NAME [signal=DBM] [hysteresis=DB] [time=SECONDS] [losses=NUMBER] [within=SECONDS]
 *				it is going away when its signal is weaker for so long, or its carrier was
 *				lost so many times within that
 *	signal IFINDEX DBM	how strong it is; 0: that is not known any more
 *	measured IFINDEX yes|no	a mistake if nobody, or somebody, wants to hear of the signal
 *
 * and "# a comment". Lifetimes ("valid=60", "preferred=30") are seconds from now. After each commit
 * and each "at", "ok" comes back on the descriptor if it can be written to; after a bad line,
 * "error: ..." does.
 */

/* Time begins here. */
#define SCRIPT_EPOCH (1000 * NSEC_PER_SEC)

/* Takes the descriptor over, also on failure; -1: lines come by source_script_line() only. */
int source_script_new(struct source **sourcep, int fd);

/* What time it is in the script. */
uint64_t source_script_now(const struct source *source);

/* One line. 0; 1: it was "commit" or "at", time may have moved and a commit is due: dispatch;
 * -EINVAL: error holds a sentence. */
int source_script_line(
	struct source *source, struct model *model, const char *line, char error[256]);
