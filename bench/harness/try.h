// TOCSIN_TRY, TOCSIN_TAKE: a step that may fail, in one line. A bench is a row of such steps, and
// the first error is what it says for an answer.
//
//   TOCSIN_TRY(settle());                                 an error ends the calling function
//   TOCSIN_TAKE(const TempDir folder, TempDir::create());   the same, else go on with the value
#pragma once

#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#define TOCSIN_TRY(...) \
  if (absl::Status tried = (__VA_ARGS__); !tried.ok()) return tried

// The name of what is taken holds the line, which has to be expanded before it is part of it.
#define TOCSIN_TAKE(declaration, ...) TOCSIN_TAKE_AT(__LINE__, declaration, __VA_ARGS__)
#define TOCSIN_TAKE_AT(line, declaration, ...) TOCSIN_TAKE_AS(line, declaration, __VA_ARGS__)
#define TOCSIN_TAKE_AS(line, declaration, ...)                     \
  auto taken_##line = (__VA_ARGS__);                               \
  if (!taken_##line.ok()) return std::move(taken_##line).status(); \
  declaration = *std::move(taken_##line) /* NOLINT(bugprone-macro-parentheses) */
