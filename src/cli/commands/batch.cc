// batch: many messages from a file.
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <istream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "json/from_json.h"
#include "json/to_json.h"
#include "tocsin/v1/push.pb.h"
#include "wire/utf8.h"

namespace tocsin::cli {
namespace {

// The parts of a body around the messages.
constexpr size_t around_bytes = 64;
constexpr size_t messages_bytes_max = limits::http_body_bytes_max - around_bytes;

struct Parsed {
  v1::SendRequest message;
  size_t bytes = 0;  // as JSON, with a comma or a newline
};

absl::StatusOr<Parsed> parse(const std::string& text) {
  if (!wire::is_utf8(as_bytes(text))) return absl::InvalidArgumentError("not valid UTF-8");
  Parsed parsed;
  const auto status = json::from_json(text, parsed.message, json::UnknownFields::refuse);
  if (!status.ok()) {
    const std::string reason(status.message());
    return absl::InvalidArgumentError(
        fmt::format("not a message in JSON: {}", reason.substr(0, reason.find('\n'))));
  }
  parsed.bytes = json::to_json(parsed.message, json::Zeros::omit).size();
  if (parsed.bytes > messages_bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("{} bytes; at most {}", parsed.bytes - 1, messages_bytes_max));
  }
  return parsed;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r") == std::string::npos;
}

bool is_held(const v1::SendBatchResponse::Result& result) {
  return result.accepted().has_release_token() && result.accepted().message_id().empty();
}

// Batch: sends the messages of a file, one JSON SendRequest per line, a hundred at a time, each
// accepted or refused on its own.
//
// A line that cannot be sent at all (not JSON, an unknown field, too large) is refused here, and
// the rest goes on. A call that fails as a whole ends it.
//
// Bound: send_batch_max lines and http_body_bytes_max at once.
class Batch {
 public:
  explicit Batch(const Session& session) : session_(session), progress_(session.console) {}

  // Send every line of `in`. Refusals are written as they come, and the counts at the end; with
  // --json, one result per line instead. Returns the exit code: refused if a line was.
  int run(std::istream& in);

 private:
  using Result = v1::SendBatchResponse::Result;
  struct Line {
    uint64_t number;
    std::optional<Result> refused;  // here
  };

  int add(const std::string& text);
  int flush();
  int stopped(int code) const;
  void report(uint64_t line, const Result& result);
  void write_counts() const;

  const Session& session_;
  uint64_t line_ = 0;
  std::vector<Line> lines_;  // not answered yet
  v1::SendBatchRequest request_;
  size_t request_bytes_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  Progress progress_;
};

int Batch::run(std::istream& in) {
  for (std::string text; std::getline(in, text);) {
    ++line_;
    if (is_blank(text)) continue;
    if (const int code = add(text); code != ExitCode::ok) return code;
  }
  if (const int code = flush(); code != ExitCode::ok) return code;
  progress_.clear();
  write_counts();
  return refused_ == 0 ? ExitCode::ok : ExitCode::refused;
}

int Batch::add(const std::string& text) {
  auto parsed = parse(text);
  const size_t bytes = parsed.ok() ? parsed->bytes : 0;
  const bool is_full = lines_.size() == static_cast<size_t>(limits::send_batch_max) ||
                       request_bytes_ + bytes > messages_bytes_max;
  if (is_full) {
    if (const int code = flush(); code != ExitCode::ok) return code;
  }
  lines_.push_back({line_, std::nullopt});
  if (parsed.ok()) {
    request_bytes_ += bytes;
    *request_.add_messages() = std::move(parsed->message);
    return ExitCode::ok;
  }
  Result& refused = lines_.back().refused.emplace();
  refused.mutable_error()->set_code(400);
  refused.mutable_error()->set_status("INVALID_ARGUMENT");
  refused.mutable_error()->set_message(std::string(parsed.status().message()));
  return ExitCode::ok;
}

int Batch::flush() {
  v1::SendBatchResponse response;
  if (request_.messages_size() > 0) {
    const auto answer = session_.api.post(messages_path(session_) + "/batch", request_);
    progress_.clear();
    if (const int code = judge(session_, answer); code != ExitCode::ok) return stopped(code);
    if (!parse_answer(answer->body, response) ||
        response.results_size() != request_.messages_size()) {
      session_.console.err << "tocsin: the answer is not the answer to a batch\n";
      return stopped(ExitCode::unreachable);
    }
  }
  int next = 0;
  for (const Line& line : lines_) {
    report(line.number, line.refused ? *line.refused : response.results(next++));
  }
  lines_.clear();
  request_.Clear();
  request_bytes_ = 0;
  progress_.show(fmt::format("{} accepted, {} refused", accepted_, refused_));
  return ExitCode::ok;
}

// Without an answer, nobody knows what became of the lines under way.
int Batch::stopped(int code) const {
  const uint64_t first = lines_.front().number;
  const uint64_t last = lines_.back().number;
  session_.console.err << (code == ExitCode::unreachable
                               ? fmt::format("tocsin: lines {} to {} may have been sent, those "
                                             "after them were not\n",
                                             first, last)
                               : fmt::format("tocsin: from line {} on nothing was sent\n", first));
  write_counts();
  return code;
}

void Batch::report(uint64_t line, const Result& result) {
  const bool accepted = result.has_accepted() && !is_held(result);
  ++(accepted ? accepted_ : refused_);
  if (session_.json) session_.console.out << json::to_json(result, json::Zeros::keep);
  if (session_.json || accepted) return;
  session_.console.err << (result.has_accepted()
                               ? fmt::format("line {}: held until it is confirmed: use tocsin "
                                             "send for it\n",
                                             line)
                               : fmt::format("line {}: {}: {}\n", line, result.error().status(),
                                             result.error().message()));
}

void Batch::write_counts() const {
  if (session_.json) return;
  session_.console.out << fmt::format("{} accepted, {} refused.\n", accepted_, refused_);
}

int send_batches(const Session& session, const std::string& name) {
  Batch batch(session);
  if (name == "-") return batch.run(session.console.in);
  std::ifstream file(name, std::ios::binary);
  std::error_code ignored;
  if (!file.is_open() || std::filesystem::is_directory(name, ignored)) {
    return wrong_usage(session.console, absl::NotFoundError(fmt::format("cannot read {}", name)));
  }
  return batch.run(file);
}

}  // namespace

void add_batch(CommandLine& line) {
  auto [command, file] =
      line.add_on_app(line.root(), "batch", "Send many messages from a file", send_batches);
  add_file(command, "FILE", file,
           "One message per line, in JSON as the API takes it; -: standard input")
      ->required();
  command.footer(
      "A line: "
      "{\"tag\":\"news\",\"notification\":{\"title\":\"Hello\"},\"idempotencyKey\":\"n1\"}\n"
      "With an idempotencyKey in each line, a file can be sent again after an interruption.");
}

}  // namespace tocsin::cli
