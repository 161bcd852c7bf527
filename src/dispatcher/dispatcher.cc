#include "dispatcher/dispatcher.h"

#include <chrono>
#include <fmt/format.h>
#include <future>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/gathered_questions.h"
#include "dispatcher/api.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/frontend.h"
#include "dispatcher/transport/gate/api_gate.h"
#include "runtime/http_server/http_server.h"
#include "runtime/log.h"
#include "runtime/shard.h"
#include "webhooks/webhooks.h"

namespace tocsin::dispatcher {
namespace {

// Of the time to stop: for telling callers that no answer will come.
constexpr uint32_t abandon_ms = 1'000;

// The future's value, if it comes before the API's own deadline.
template <typename T>
absl::StatusOr<T> await(std::future<absl::StatusOr<T>> future) {
  const auto limit = std::chrono::milliseconds(limits::api_answer_ms_max);
  if (future.wait_for(limit) != std::future_status::ready) {
    return absl::UnavailableError(
        "dispatcher: storage does not answer; look for its errors in this log");
  }
  return future.get();
}

}  // namespace

class Dispatcher::Impl {
 public:
  Impl(cluster::Log& log, cluster::Bus& bus, cluster::StorageClient& storage,
       webhooks::Webhooks& webhooks)
      : questions_(storage, runtime::Mailbox(shard_)),
        services_{log, bus, questions_, runtime::Mailbox(shard_)},
        webhooks_(webhooks) {}
  ~Impl() { stop(); }

  // Takes the addresses first: once on the bus, there is no way back.
  absl::Status start(Options options) {
    shard_->start();
    if (const auto status = open_http(options); !status.ok()) return status;
    const auto counts = await(ask_counts());
    if (!counts.ok()) return counts.status();
    shard_->run_and_wait([&] { open_api(options, *counts); });
    const auto table = await(join_bus());
    if (!table.ok()) return table.status();
    serve(options);
    return absl::OkStatus();
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    if (api_) {
      shard_->run_and_wait([this] { api_->end_streams(); });
    }
    if (http_) http_->drain(limits::http_stop_ms_max - abandon_ms);
    if (api_) {
      shard_->run_and_wait([this] {
        api_->abandon();
        api_->follow(nullptr);
      });
    }
    if (http_) http_->stop();
    for (const auto& thread : connection_threads_) thread->stop();
    shard_->stop();
  }

  uint16_t port() const { return port_; }
  uint16_t plain_port() const { return plain_port_; }
  uint16_t grpc_port() const { return grpc_port_; }

 private:
  absl::Status open_http(const Options& options) {
    for (uint32_t i = 0; options.threads > 1 && i < options.threads; ++i) {
      connection_threads_.push_back(std::make_shared<runtime::Shard>(fmt::format("api-{}", i)));
      connection_threads_.back()->start();
    }
    if (connection_threads_.empty()) connection_threads_.push_back(shard_);
    auto http = runtime::HttpServer::create(connection_threads_, options.http);
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    const auto port = http_->bind(options.listen_address);
    if (!port.ok()) return port.status();
    port_ = grpc_port_ = *port;
    if (!options.plain_address.empty()) {
      const auto plain = http_->bind_plain(options.plain_address);
      if (!plain.ok()) return plain.status();
      plain_port_ = *plain;
    }
    if (options.grpc_address.empty()) return absl::OkStatus();
    const auto second = http_->bind(options.grpc_address);
    if (!second.ok()) return second.status();
    grpc_port_ = *second;
    return absl::OkStatus();
  }

  void open_api(const Options& options, const cluster::StorageCounts& counts) {
    api_.emplace(options, services_, webhooks_, counts);
    shard_->every(Api::tick_ms, [this] { api_->tick(); });
    shard_->every(Api::refresh_ms, [this] { api_->refresh(); });
    shard_->every(Api::due_ms, [this] { api_->send_due(); });
  }

  void serve(const Options& options) {
    for (const auto& thread : connection_threads_) {
      gates_.push_back(std::make_shared<ApiGate>(*api_, services_.mailbox, runtime::Mailbox(thread),
                                                 options.admin_key_hash));
      thread->run_and_wait([&gate = gates_.back(), &thread] {
        thread->every(ApiGate::tick_ms, [gate] { gate->tick(); });
      });
    }
    shard_->run_and_wait([this] {
      api_->follow([this](const ApiState& state) {
        for (const auto& gate : gates_) gate->set_state(state);
      });
    });
    http_->serve([this](size_t thread) { return std::make_unique<Frontend>(gates_[thread]); });
    runtime::log_info("dispatcher: API on {} (port {}), REST and gRPC", options.listen_address,
                      port_);
    if (plain_port_ != 0) {
      runtime::log_info("dispatcher: API without TLS on {} (port {})", options.plain_address,
                        plain_port_);
    }
    if (grpc_port_ != port_) {
      runtime::log_info(
          "dispatcher: API on {} (port {}), too; this second address goes in the "
          "next release: use api_listen",
          options.grpc_address, grpc_port_);
    }
  }

  std::future<absl::StatusOr<cluster::StorageCounts>> ask_counts() {
    auto answer = std::make_shared<std::promise<absl::StatusOr<cluster::StorageCounts>>>();
    services_.storage.ask(internal::CountsQuestion(),
                          [answer](auto counts) { answer->set_value(std::move(counts)); });
    return answer->get_future();
  }

  // Follow the app table; the future is set when the first one is in force.
  std::future<absl::StatusOr<bool>> join_bus() {
    auto first = std::make_shared<std::promise<absl::StatusOr<bool>>>();
    auto future = first->get_future();
    services_.bus.join(cluster::Role::dispatcher, *shard_,
                       [this, first](cluster::BusMessage message) mutable {
                         auto* apps = std::get_if<cluster::AppsChanged>(&message);
                         if (apps == nullptr) return;
                         api_->on_apps_changed(std::move(*apps));
                         if (first) std::exchange(first, nullptr)->set_value(true);
                       });
    services_.bus.publish(cluster::Role::storage, cluster::AppsWanted{});
    return future;
  }

  std::shared_ptr<runtime::Shard> shard_ = std::make_shared<runtime::Shard>("dispatcher");
  // shard_ itself, when there is one.
  std::vector<std::shared_ptr<runtime::Shard>> connection_threads_;
  cluster::GatheredQuestions questions_;
  Services services_;
  webhooks::Webhooks& webhooks_;
  std::optional<Api> api_;
  std::vector<std::shared_ptr<ApiGate>> gates_;  // one per connection thread
  std::unique_ptr<runtime::HttpServer> http_;
  uint16_t port_ = 0;
  uint16_t plain_port_ = 0;
  uint16_t grpc_port_ = 0;
  bool stopped_ = false;
};

Dispatcher::Dispatcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dispatcher::~Dispatcher() = default;

absl::StatusOr<std::unique_ptr<Dispatcher>> Dispatcher::start(Options options, cluster::Log& log,
                                                              cluster::Bus& bus,
                                                              cluster::StorageClient& storage,
                                                              webhooks::Webhooks& webhooks) {
  auto impl = std::make_unique<Impl>(log, bus, storage, webhooks);
  const absl::Status started = impl->start(std::move(options));
  if (!started.ok()) return started;
  return std::unique_ptr<Dispatcher>(new Dispatcher(std::move(impl)));
}

uint16_t Dispatcher::port() const { return impl_->port(); }
uint16_t Dispatcher::plain_port() const { return impl_->plain_port(); }
uint16_t Dispatcher::grpc_port() const { return impl_->grpc_port(); }

void Dispatcher::stop() { impl_->stop(); }

}  // namespace tocsin::dispatcher
