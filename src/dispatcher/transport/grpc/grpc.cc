#include "dispatcher/transport/grpc/grpc.h"

#include <map>
#include <string>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/gate/list_call.h"
#include "dispatcher/transport/grpc/grpc_answers.h"
#include "dispatcher/transport/grpc/grpc_body.h"
#include "dispatcher/transport/grpc/grpc_status.h"

namespace tocsin::dispatcher {
namespace {

constexpr std::string_view grpc_type = "application/grpc";

const Method* method_at(std::string_view path) {
  static const auto by_path = [] {
    std::map<std::string, const Method*, std::less<>> map;
    for (const Method& method : api_methods()) {
      map["/" + method.descriptor->service()->full_name() + "/" + method.name] = &method;
    }
    return map;
  }();
  const auto found = by_path.find(path);
  return found == by_path.end() ? nullptr : found->second;
}

bool is_known_format(const std::string& media_type) {
  return media_type == grpc_type || media_type == "application/grpc+proto";
}

absl::StatusCode code_below(int http_status) {
  switch (http_status) {
    case 408:
      return absl::StatusCode::kDeadlineExceeded;
    case 413:
    case 429:
    case 431:
      return absl::StatusCode::kResourceExhausted;
    case 503:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

runtime::HttpResponse wrong_method() {
  auto response = http_error_response(405, "this path takes POST only");
  response.headers.emplace_back("allow", "POST");
  return response;
}

std::unique_ptr<google::protobuf::Message> empty_request(const Method& method) {
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(
      method.descriptor->input_type());
  return std::unique_ptr<google::protobuf::Message>(prototype->New());
}

}  // namespace

Grpc::Grpc(std::shared_ptr<ApiGate> gate)
    : gate_(std::move(gate)),
      health_(std::make_shared<GrpcHealth>(gate_)),
      reflection_(std::make_shared<GrpcReflection>(gate_)) {}

std::unique_ptr<runtime::HttpBodySink> Grpc::begin(const runtime::HttpRequestHead& head,
                                                   runtime::HttpResponder respond) {
  if (head.method == "POST" && is_known_format(head.headers.media_type())) {
    Sink sink = begin_call(head, std::move(respond));
    if (sink == nullptr || head.has_body) return sink;
    sink->on_end();
    return nullptr;
  }
  runtime::HttpResponse refusal =
      head.method == "POST"
          ? http_error_response(415, "send messages as Content-Type: application/grpc")
          : wrong_method();
  gate_->counts().add("none", Transport::grpc, refusal.status);
  respond(std::move(refusal));
  return nullptr;
}

runtime::HttpResponse Grpc::refusal(int http_status, const std::string& message) {
  gate_->counts().add("none", Transport::grpc, http_status);
  return {.content_type = std::string(grpc_type),
          .headers = grpc_trailers(grpc_refusal(code_below(http_status), message)),
          .says_length = false};
}

Grpc::Sink Grpc::begin_call(const runtime::HttpRequestHead& head, runtime::HttpResponder respond) {
  constexpr int ok = 200;
  const bool is_health = GrpcHealth::has(head.path);
  const bool is_reflection = GrpcReflection::has(head.path);
  const Method* method = method_at(head.path);
  const std::string_view name = method != nullptr ? std::string_view(method->name)
                                : is_health       ? "Health"
                                : is_reflection   ? "Reflection"
                                                  : "none";
  const auto call = std::make_shared<GrpcCall>(
      gate_, name, method != nullptr ? method->success : ok, std::move(respond));
  if (!call->start(head)) return nullptr;
  if (is_health || is_reflection) return begin_public(head, call);
  if (method == nullptr) {
    call->fail(grpc_refusal(absl::StatusCode::kUnimplemented,
                            "there is no such call: reflection lists them"));
    return nullptr;
  }
  return begin_method(*method, std::string(head.headers.find("authorization")), call);
}

Grpc::Sink Grpc::begin_public(const runtime::HttpRequestHead& head,
                              std::shared_ptr<GrpcCall> call) {
  if (gate_->knows(std::string(head.headers.find("authorization")))) call->vouch();
  // Weak, because both hold the gate.
  gate_->follow([health = std::weak_ptr(health_),
                 reflection = std::weak_ptr(reflection_)](const ApiState& state) {
    if (const auto alive = health.lock()) alive->tell(state);
    if (const auto alive = reflection.lock(); alive && state.is_ending) alive->end_all();
  });
  return GrpcHealth::has(head.path) ? health_->begin(head.path, std::move(call))
                                    : reflection_->begin(std::move(call));
}

Grpc::Sink Grpc::begin_method(const Method& method, std::string authorization,
                              std::shared_ptr<GrpcCall> call) {
  if (auto status = gate_->admit_key(method, authorization); !status.ok()) {
    call->fail(status);
    return nullptr;
  }
  call->vouch();
  if (method.streams()) return list_sink(method, std::move(authorization), std::move(call));
  auto make = [gate = gate_, &method, authorization = std::move(authorization),
               call](const std::string& bytes) mutable {
    auto request = empty_request(method);
    if (auto status = grpc_parse(bytes, *request); !status.ok()) return call->fail(status);
    if (method.streams_answers()) {
      return gate->call(method, std::move(authorization), std::move(request),
                        grpc_answer_stream(call));
    }
    gate->call(method, std::move(authorization), std::move(request),
               [call](const Answer& answer) { call->answer_or_fail(answer); });
  };
  return std::make_unique<GrpcOneMessage>(std::move(call), std::move(make));
}

Grpc::Sink Grpc::list_sink(const Method& method, std::string authorization,
                           std::shared_ptr<GrpcCall> call) {
  auto list = std::make_shared<ListCall>(
      gate_, ListCall::About{method, std::move(authorization), {}},
      std::make_unique<GrpcListPieces>(call->coding()), call->responder(),
      [call](const Answer& answer) { call->answer_or_fail(answer); });
  call->when_stopped([call = std::weak_ptr(call), list = std::weak_ptr(list)](const auto& why) {
    if (const auto alive = list.lock()) alive->drop();
    if (const auto alive = call.lock()) alive->fail(why);
  });
  return std::make_unique<ListSink>(std::move(list));
}

}  // namespace tocsin::dispatcher
