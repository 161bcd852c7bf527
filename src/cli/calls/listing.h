// Listing: a list that the server gives page by page, written as it comes: for people as a table
// with one header, with --json one entry per line, so that it serves as an export.
//
// Thread: one owner.
// Bound: holds one page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "cli/session.h"
#include "cli/table.h"

namespace tocsin::cli {

class Listing {
 public:
  // Writes at most `entries_max` entries; `header` names the columns.
  Listing(const Session& session, Row header, uint64_t entries_max);

  // GET `target`, a path with or without a query, and the pages after it; `entries_of` gives the
  // entries of a Page, `row_of` an entry's columns. Returns the exit code.
  template <typename Page, typename EntriesOf, typename RowOf>
  int run(const std::string& target, EntriesOf entries_of, RowOf row_of);

  // Whether the server has entries that were not written.
  bool has_more() const { return has_more_; }

 private:
  static std::string with_token(const std::string& target, const std::string& token);
  bool is_full() const { return written_ >= entries_max_; }
  void add(const google::protobuf::Message& entry, Row row);
  void end_page();

  const Session& session_;
  uint64_t entries_max_;
  std::vector<Row> rows_;  // of the page
  std::string lines_;      // with --json
  uint64_t written_ = 0;
  bool has_more_ = false;
  Progress progress_;
};

template <typename Page, typename EntriesOf, typename RowOf>
int Listing::run(const std::string& target, EntriesOf entries_of, RowOf row_of) {
  std::string token;
  do {
    const auto answer = session_.api.get(with_token(target, token));
    progress_.clear();
    if (const int code = judge(session_, answer); code != ExitCode::ok) return code;
    Page page;
    if (!parse_answer(answer->body, page)) {
      session_.console.out << answer->body;
      return ExitCode::ok;
    }
    for (const auto& entry : entries_of(page)) {
      has_more_ = is_full();
      if (!is_full()) add(entry, row_of(entry));
    }
    token = page.next_page_token();
    end_page();
    has_more_ = has_more_ || !token.empty();
  } while (!token.empty() && !is_full());
  progress_.clear();
  return ExitCode::ok;
}

}  // namespace tocsin::cli
