// Any bytes as an audience expression: refused with a short, valid error, or within every bound and
// the same value again from its canonical text.
#include <cstddef>
#include <cstdint>
#include <string>

#include "audience/parser.h"
#include "base/check.h"
#include "base/limits.h"
#include "wire/utf8.h"

using namespace tocsin;

namespace {

constexpr size_t error_bytes_max = 300;

void check_error(const absl::Status& status) {
  const std::string message(status.message());
  TOCSIN_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  TOCSIN_CHECK(!message.empty() && message.size() <= error_bytes_max);
  TOCSIN_CHECK(wire::is_utf8(as_bytes(message)));
}

void check_expression(const audience::Expression& expression) {
  TOCSIN_CHECK(expression.terms() >= 1 && expression.terms() <= limits::audience_terms_max);
  TOCSIN_CHECK(expression.depth() <= limits::audience_depth_max);
  const std::string text = audience::text_of(expression);
  TOCSIN_CHECK(text.size() <= limits::audience_expression_bytes_max);
  const auto again = audience::parse(text);
  TOCSIN_CHECK(again.ok() && *again == expression);
  TOCSIN_CHECK(audience::text_of(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = audience::parse({reinterpret_cast<const char*>(data), size});
  parsed.ok() ? check_expression(*parsed) : check_error(parsed.status());
  return 0;
}
