#include "dispatcher/transport/grpc/grpc_health.h"

#include <algorithm>
#include <fmt/format.h>
#include <grpc/health/v1/health.pb.h>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "base/limits.h"
#include "dispatcher/transport/grpc/grpc_answers.h"
#include "dispatcher/transport/grpc/grpc_body.h"

namespace tocsin::dispatcher {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr std::string_view check_path = "/grpc.health.v1.Health/Check";
constexpr std::string_view watch_path = "/grpc.health.v1.Health/Watch";

bool is_service(const std::string& name) {
  const auto& methods = api_methods();
  return name.empty() || std::any_of(methods.begin(), methods.end(), [&](const Method& method) {
           return method.descriptor->service()->full_name() == name;
         });
}

HealthCheckResponse response_of(bool is_serving) {
  HealthCheckResponse response;
  response.set_status(is_serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
  return response;
}

absl::Status too_many_watches(size_t there_are) {
  return absl::ResourceExhaustedError(fmt::format(
      "there are {} watches of the server's health: ask for it now and then instead", there_are));
}

}  // namespace

// Those who want to be told. A body in a connection keeps its stream alive.
class GrpcHealth::Watches {
 public:
  absl::Status add(const std::shared_ptr<AnswerStream>& stream, HealthCheckResponse response,
                   bool is_stranger) {
    std::erase_if(all_, [](const Watch& one) { return one.stream.expired(); });
    const auto strangers = static_cast<size_t>(
        std::count_if(all_.begin(), all_.end(), [](const Watch& one) { return one.is_stranger; }));
    if (all_.size() >= limits::grpc_health_watches_max ||
        (is_stranger && strangers >= limits::grpc_health_strangers_max)) {
      return too_many_watches(all_.size());
    }
    all_.push_back({stream, response.status(), is_stranger});
    stream->offer(stream->writer().piece(response));
    return absl::OkStatus();
  }

  // No service comes or goes while the server runs.
  void tell(const ApiState& state) {
    const HealthCheckResponse response = response_of(state.is_serving);
    for (Watch& watch : all_) {
      const auto stream = watch.stream.lock();
      if (stream == nullptr) continue;
      if (watch.told != response.status() && watch.told != HealthCheckResponse::SERVICE_UNKNOWN) {
        watch.told = response.status();
        stream->offer(stream->writer().piece(response));
      }
      if (state.is_ending) stream->end(absl::UnavailableError("the server is shutting down"));
    }
  }

 private:
  struct Watch {
    std::weak_ptr<AnswerStream> stream;
    HealthCheckResponse::ServingStatus told;
    bool is_stranger;  // it has shown no key
  };
  std::vector<Watch> all_;
};

GrpcHealth::GrpcHealth(std::shared_ptr<ApiGate> gate)
    : gate_(std::move(gate)), watches_(std::make_shared<Watches>()) {}

void GrpcHealth::tell(const ApiState& state) { watches_->tell(state); }

bool GrpcHealth::has(std::string_view path) { return path == check_path || path == watch_path; }

std::unique_ptr<runtime::HttpBodySink> GrpcHealth::begin(std::string_view path,
                                                         std::shared_ptr<GrpcCall> call) {
  const bool is_watch = path == watch_path;
  auto answer = [gate = gate_, watches = watches_, call, is_watch](const std::string& bytes) {
    HealthCheckRequest request;
    if (auto status = grpc_parse(bytes, request); !status.ok()) return call->fail(status);
    const bool is_known = is_service(request.service());
    HealthCheckResponse response = response_of(gate->is_serving());
    if (!is_watch) {
      if (is_known) return call->answer(response);
      return call->fail(absl::NotFoundError("there is no such service: reflection lists them"));
    }
    if (!is_known) response.set_status(HealthCheckResponse::SERVICE_UNKNOWN);
    const auto stream = grpc_answer_stream(call);
    if (auto status = watches->add(stream, response, !call->is_vouched()); !status.ok()) {
      stream->end(status);
    }
  };
  return std::make_unique<GrpcOneMessage>(std::move(call), std::move(answer));
}

}  // namespace tocsin::dispatcher
