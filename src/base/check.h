// TOCSIN_CHECK: the program's own invariants, always on.
//
// A failed check is our bug: it prints where and ends the process, because going on with broken
// state could deliver wrong data. What a peer, a disk or an operator can cause gets an error, never
// this.
#pragma once

#include <cstdio>
#include <cstdlib>

#define TOCSIN_CHECK(condition)                                                              \
  do {                                                                                       \
    if (!(condition)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
