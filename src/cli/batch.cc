#include "cli/batch.h"

#include <fmt/format.h>
#include <utility>

#include <absl/status/statusor.h>
#include <google/protobuf/util/json_util.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "cli/watch.h"
#include "wire/utf8.h"

namespace tocsin::cli {
namespace {

// What is around the messages in a body.
constexpr size_t around_bytes = 64;
constexpr size_t messages_bytes_max = limits::http_body_bytes_max - around_bytes;

struct Parsed {
  v1::SendRequest message;
  size_t bytes = 0;  // as JSON, with a comma
};

absl::StatusOr<Parsed> parse(const std::string& text) {
  if (!wire::is_utf8(as_bytes(text))) return absl::InvalidArgumentError("not valid UTF-8");
  google::protobuf::util::JsonParseOptions options;
  options.case_insensitive_enum_parsing = true;
  Parsed parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &parsed.message, options);
  if (!status.ok()) {
    // Behind the first line protobuf draws where it is.
    const std::string reason(status.message().data(), status.message().size());
    return absl::InvalidArgumentError(
        fmt::format("not a message in JSON: {}", reason.substr(0, reason.find('\n'))));
  }
  std::string json;
  TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(parsed.message, &json).ok());
  parsed.bytes = json.size() + 1;
  if (parsed.bytes > messages_bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("{} bytes; at most {}", json.size(), messages_bytes_max));
  }
  return parsed;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r") == std::string::npos;
}

bool is_held(const v1::SendBatchResponse::Result& result) {
  return result.accepted().has_release_token() && result.accepted().message_id().empty();
}

}  // namespace

Batch::Batch(const Session& session, std::string key)
    : session_(session), key_(std::move(key)), progress_(session.console) {}

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
    const auto answer = session_.api.post(messages_path(session_) + "/batch", key_, request_);
    progress_.clear();
    if (const int code = judge(session_, answer); code != ExitCode::ok) return stopped(code);
    if (!parse_answer(answer->body, response) ||
        response.results_size() != request_.messages_size()) {
      session_.console.err << "tocsin: the answer is not one to a batch\n";
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

// Without an answer nobody knows what became of the lines under way.
int Batch::stopped(int code) const {
  const uint64_t first = lines_.front().number;
  const uint64_t last = lines_.back().number;
  session_.console.err << (code == ExitCode::unreachable
                               ? fmt::format("tocsin: lines {} to {} may have been sent, those "
                                             "behind were not\n",
                                             first, last)
                               : fmt::format("tocsin: from line {} on nothing was sent\n", first));
  write_counts();
  return code;
}

void Batch::report(uint64_t line, const Result& result) {
  const bool accepted = result.has_accepted() && !is_held(result);
  ++(accepted ? accepted_ : refused_);
  if (session_.arguments.json) session_.console.out << json_line(result);
  if (session_.arguments.json || accepted) return;
  session_.console.err << (result.has_accepted()
                               ? fmt::format("line {}: held until it is released: use tocsin "
                                             "send for it\n",
                                             line)
                               : fmt::format("line {}: {}: {}\n", line, result.error().status(),
                                             result.error().message()));
}

void Batch::write_counts() const {
  if (session_.arguments.json) return;
  session_.console.out << fmt::format("{} accepted, {} refused.\n", accepted_, refused_);
}

}  // namespace tocsin::cli
