#include "dispatcher/dispatcher.h"

#include <chrono>
#include <future>
#include <optional>
#include <utility>
#include <variant>

#include "dispatcher/api.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/grpc_server.h"
#include "dispatcher/transport/rest.h"
#include "runtime/log.h"
#include "runtime/shard.h"
#include "webhooks/webhooks.h"

namespace tocsin::dispatcher {
namespace {

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
      : services_{log, bus, storage, runtime::Mailbox(shard_)}, webhooks_(webhooks) {}
  ~Impl() { stop(); }

  // Takes the address first: once on the bus, there is no way back.
  absl::Status start(Options options) {
    shard_->start();
    http_.emplace(
        *shard_, options.identity,
        [this](runtime::HttpRequest request, runtime::HttpServer::Respond respond) {
          rest_->handle(std::move(request), std::move(respond));
        },
        http_error_response, runtime::HttpLimits(),
        [this](const runtime::HttpRequest& head, runtime::HttpServer::Respond& respond) {
          return rest_->stream(head, respond);
        });
    const auto port = http_->bind(options.listen_address);
    if (!port.ok()) return port.status();
    port_ = *port;
    const auto counts = await(ask_counts());
    if (!counts.ok()) return counts.status();
    shard_->run_and_wait([&] { open_api(options, *counts); });
    const auto table = await(join_bus());
    if (!table.ok()) return table.status();
    if (const auto status = open_grpc(options); !status.ok()) return status;
    http_->serve();
    runtime::log_info("dispatcher: API on {} (port {})", options.listen_address, port_);
    return absl::OkStatus();
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    if (api_) {
      shard_->run_and_wait([this] { api_->end_streams(); });
    }
    if (http_) http_->stop();
    if (grpc_) {
      shard_->run_and_wait([this] { api_->abandon(); });
      grpc_->stop();
    }
    shard_->stop();
  }

  uint16_t port() const { return port_; }
  uint16_t grpc_port() const { return grpc_port_; }

 private:
  void open_api(const Options& options, const cluster::StorageCounts& counts) {
    api_.emplace(options, services_, webhooks_, counts);
    rest_.emplace(*api_);
    shard_->every(Api::tick_ms, [this] { api_->tick(); });
    shard_->every(Api::refresh_ms, [this] { api_->refresh(); });
    shard_->every(Api::due_ms, [this] { api_->send_due(); });
  }

  absl::Status open_grpc(const Options& options) {
    if (options.grpc_address.empty()) return absl::OkStatus();
    grpc_.emplace(*api_, services_.mailbox);
    const auto port = grpc_->listen(options.grpc_address, options.identity);
    if (!port.ok()) return port.status();
    grpc_port_ = *port;
    runtime::log_info("dispatcher: gRPC on {} (port {})", options.grpc_address, grpc_port_);
    return absl::OkStatus();
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
  Services services_;
  webhooks::Webhooks& webhooks_;
  std::optional<Api> api_;
  std::optional<Rest> rest_;
  std::optional<runtime::HttpServer> http_;
  std::optional<GrpcServer> grpc_;
  uint16_t port_ = 0;
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
uint16_t Dispatcher::grpc_port() const { return impl_->grpc_port(); }

void Dispatcher::stop() { impl_->stop(); }

}  // namespace tocsin::dispatcher
