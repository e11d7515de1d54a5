/*
 * cmocka.h: cmocka with the headers that it needs before it.
 */
#ifndef TALLY_TESTS_SUPPORT_CMOCKA_H
#define TALLY_TESTS_SUPPORT_CMOCKA_H

/* cmocka 1.1 wants these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
