/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The curve needs a logarithm and a power. libm has both, and loading it would cost every program
 * on the start path more than the whole group does; two short series are exact enough (a unit test
 * compares all 262143 values with libm's).
 */
#include "runtime/cgroup/controllers.h"

#define LN2 0.693147180559945309417
#define LN10 2.302585092994045684018

/* log2(x) for x >= 1: halved into [1, 2), then ln m = 2 artanh((m - 1) / (m + 1)). */
static double log_2(double x)
{
	double whole = 0, t, power, sum = 0;

	while (x >= 2) {
		x /= 2;
		whole++;
	}
	t = (x - 1) / (x + 1);
	power = t;
	for (int n = 1; n < 60; n += 2) {
		sum += power / n;
		power *= t * t;
	}
	return whole + 2 * sum / LN2;
}

/* 10^x for x >= 0: the whole part by multiplication, the rest by the series of e^x. */
static double power_of_10(double x)
{
	double value = 1, term = 1, sum = 1;

	while (x >= 1) {
		x--;
		value *= 10;
	}
	x *= LN10;
	for (int n = 1; n < 40; n++) {
		term *= x / n;
		sum += term;
	}
	return value * sum;
}

uint64_t cg_v2_weight_of_shares(uint64_t shares)
{
	double l, weight;
	uint64_t whole;

	if (shares <= 2)
		return 1;
	if (shares >= 1 << 18)
		return 10000;
	l = log_2((double)shares);
	weight = power_of_10((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
	whole = (uint64_t)weight;
	return (double)whole < weight ? whole + 1 : whole;
}
