#include "cli/calls/listing.h"

#include <fmt/format.h>
#include <utility>

#include "json/to_json.h"

namespace tocsin::cli {

Listing::Listing(const Session& session, Row header, uint64_t entries_max)
    : session_(session),
      entries_max_(entries_max),
      rows_{std::move(header)},
      progress_(session.console) {}

std::string Listing::with_token(const std::string& target, const std::string& token) {
  if (token.empty()) return target;
  const char* separator = target.find('?') == std::string::npos ? "?" : "&";
  return fmt::format("{}{}pageToken={}", target, separator, path_segment(token));
}

void Listing::add(const google::protobuf::Message& entry, Row row) {
  ++written_;
  if (session_.json) {
    lines_ += json::to_json(entry, json::Zeros::keep);
  } else {
    rows_.push_back(std::move(row));
  }
}

void Listing::end_page() {
  session_.console.out << (session_.json ? lines_ : table(rows_)) << std::flush;
  lines_.clear();
  rows_.clear();
  progress_.show(fmt::format("{} so far", written_));
}

}  // namespace tocsin::cli
