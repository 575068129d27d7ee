/* SPDX-License-Identifier: MIT */
/*
 * What is too much for a link, as text.
 */
#include "source/script-forecast.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

static bool word_take(struct forecast_policy *policy, const char *word)
{
	uint32_t seconds;

	if (sscanf(word, "time=%u", &seconds) == 1)
		policy->signal_time = seconds * NSEC_PER_SEC;
	else if (sscanf(word, "within=%u", &seconds) == 1)
		policy->carrier_time = seconds * NSEC_PER_SEC;
	else
		return sscanf(word, "signal=%d", &policy->signal) == 1 ||
			sscanf(word, "hysteresis=%u", &policy->hysteresis) == 1 ||
			sscanf(word, "losses=%u", &policy->losses) == 1;
	return true;
}

int script_forecast_parse(struct forecast_policy *policy, char *text, char error[256])
{
	char *word = strsep(&text, " ");

	*policy = (struct forecast_policy){0};
	snprintf(policy->name, sizeof(policy->name), "%s", word);
	while ((word = strsep(&text, " ")) != NULL) {
		if (!word_take(policy, word))
			return snprintf(error, 256, "forecast: what is \"%.100s\"?", word), -EINVAL;
	}
	if (policy->signal > 0 || policy->signal < -200 || policy->hysteresis > 100 ||
		policy->losses > FORECAST_LOSSES)
		return snprintf(error, 256, "forecast: a number is out of range"), -EINVAL;
	return 0;
}
