#include "dispatcher/transport/rest/rest_call.h"

#include <fmt/format.h>
#include <utility>

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <google/protobuf/message.h>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/gate/answer_stream.h"
#include "dispatcher/transport/gate/list_call.h"
#include "dispatcher/transport/rest/rest_events.h"
#include "dispatcher/transport/rest/rest_lines.h"
#include "dispatcher/transport/rest/rest_request.h"
#include "json/to_json.h"
#include "runtime/http_server/gunzip.h"
#include "runtime/http_server/whole_body.h"

namespace tocsin::dispatcher {
namespace {

using runtime::HttpResponse;

std::string lower(std::string_view text) {
  return absl::AsciiStrToLower({text.data(), text.size()});
}

// curl's -d says "form" unless told otherwise; what people paste must work.
bool is_json_or_unsaid(const std::string& media_type) {
  return media_type.empty() || media_type == "application/json" ||
         media_type == "application/x-www-form-urlencoded";
}

HttpResponse too_large() {
  return http_error_response(413, fmt::format("the request body is too large: at most {} bytes",
                                              limits::http_body_bytes_max));
}

HttpResponse unknown_coding() {
  HttpResponse response = http_error_response(
      415, "the body has a Content-Encoding that is not known here: send it as it is, or by gzip");
  response.headers.emplace_back("accept-encoding", "gzip, identity");
  return response;
}

// Answers hold keys and what is going on now: nobody in between may keep them.
HttpResponse response_of(int success, const Answer& answer) {
  HttpResponse response =
      answer.ok()
          ? HttpResponse{.status = success, .body = json::to_json(**answer, json::Zeros::keep)}
          : error_response(answer.status());
  response.headers.emplace_back("cache-control", "no-store");
  return response;
}

}  // namespace

RestCall::RestCall(std::shared_ptr<ApiGate> gate, Route route, const runtime::HttpRequestHead& head,
                   runtime::HttpResponder respond)
    : gate_(std::move(gate)),
      route_(std::move(route)),
      method_(*route_.method),
      query_(head.query),
      authorization_(head.headers.find("authorization")),
      media_type_(head.headers.media_type()),
      content_length_(head.headers.find("content-length")),
      coding_(coding_of(head)),
      respond_(std::move(respond)) {}

RestCall::Coding RestCall::coding_of(const runtime::HttpRequestHead& head) {
  const std::string coding = lower(head.headers.find("content-encoding"));
  if (head.headers.count("content-encoding") > 1) return Coding::unknown;
  if (coding.empty() || coding == "identity") return Coding::identity;
  return coding == "gzip" || coding == "x-gzip" ? Coding::gzip : Coding::unknown;
}

std::string RestCall::app() const {
  for (const auto& [field, text] : route_.fields) {
    if (field == "app") return text;
  }
  return {};
}

bool RestCall::is_refused() {
  if (!method_.streams() && is_refused_type()) return true;
  absl::Status status = gate_->admit(method_, authorization_, app());
  if (status.ok() && method_.streams()) status = check_no_query(query_);
  if (status.ok() && method_.streams() && media_type_ != "application/x-ndjson") {
    status = invalid_field("Content-Type", "send lines of JSON as application/x-ndjson");
  }
  if (!status.ok()) {
    answer(status);
    return true;
  }
  respond_.vouch();
  if (coding_ != Coding::unknown) return false;
  respond(unknown_coding());
  return true;
}

// What a body must be like is said before the key is looked at.
bool RestCall::is_refused_type() {
  if (!method_.takes_body()) return false;
  if (!is_json_or_unsaid(media_type_)) {
    respond(http_error_response(415, "send the body as Content-Type: application/json"));
    return true;
  }
  uint64_t length = 0;
  if (!absl::SimpleAtoi(content_length_, &length) || length <= limits::http_body_bytes_max) {
    return false;
  }
  respond(too_large());
  return true;
}

std::unique_ptr<runtime::HttpBodySink> RestCall::start(bool has_body) {
  if (method_.streams()) return start_list(has_body);
  if (!has_body) {
    make({});
    return nullptr;
  }
  return std::make_unique<runtime::WholeBody>(
      limits::http_body_bytes_max,
      [self = shared_from_this()](std::string body) { self->take(std::move(body)); });
}

void RestCall::take(std::string body) {
  if (coding_ == Coding::identity) return make(body);
  std::string unpacked;
  switch (runtime::gunzip(body, limits::http_body_bytes_max, unpacked)) {
    case runtime::Gunzip::Step::ok:
      return make(unpacked);
    case runtime::Gunzip::Step::broken:
      return respond(
          http_error_response(400, "the body is not valid gzip: send it whole and undamaged"));
    case runtime::Gunzip::Step::too_large:
      return respond(too_large());
  }
}

void RestCall::make(const std::string& body) {
  auto request = read_request(route_, query_, body);
  if (!request.ok()) return answer(request.status());
  if (method_.streams_answers()) {
    auto answers =
        std::make_shared<AnswerStream>(respond_, std::make_unique<RestEvents>(gate_, method_));
    respond_.when_gone([answers = std::weak_ptr(answers)] {
      if (const auto alive = answers.lock()) alive->on_gone();
    });
    return gate_->call(method_, authorization_, *std::move(request), std::move(answers));
  }
  gate_->call(method_, authorization_, *std::move(request),
              [self = shared_from_this()](const Answer& answer) { self->answer(answer); });
}

std::unique_ptr<runtime::HttpBodySink> RestCall::start_list(bool has_body) {
  auto list = std::make_shared<ListCall>(
      gate_, ListCall::About{method_, authorization_, app()},
      std::make_unique<RestLines>(has_body && coding_ == Coding::gzip), respond_,
      [self = shared_from_this()](const Answer& answer) { self->answer(answer); });
  if (has_body) return std::make_unique<ListSink>(std::move(list));
  list->on_end();
  return nullptr;
}

void RestCall::answer(const Answer& answer) { respond(response_of(method_.success, answer)); }

void RestCall::respond(HttpResponse response) {
  gate_->counts().add(method_.name, Transport::rest, response.status);
  respond_(std::move(response));
}

}  // namespace tocsin::dispatcher
