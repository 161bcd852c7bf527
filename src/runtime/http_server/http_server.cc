#include "runtime/http_server/http_server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "runtime/http_server/http_acceptor.h"
#include "runtime/http_server/http_thread.h"

namespace tocsin::runtime {
namespace {

constexpr auto stop_poll = std::chrono::milliseconds(5);

HttpLimits share_of(HttpLimits limits, size_t threads) {
  limits.connections_max = std::max<size_t>(1, limits.connections_max / threads);
  limits.unread_bytes_max /= threads;
  limits.half_received_bytes_max /= threads;
  return limits;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Shards shards, HttpServerOptions options, std::shared_ptr<SSL_CTX> context)
      : shards_(std::move(shards)),
        options_(std::move(options)),
        acceptor_(std::make_shared<HttpAcceptor>(
            shards_.front(), options_, std::move(context),
            [this](std::unique_ptr<ByteStream> stream, HttpProtocol protocol, AddressSlot slot) {
              give(std::move(stream), protocol, std::move(slot));
            })) {}

  absl::StatusOr<uint16_t> bind(const std::string& address, bool plain) {
    return acceptor_->bind(address, plain);
  }

  void serve(const MakeHandler& make_handler) {
    const HttpLimits limits = share_of(options_.limits, shards_.size());
    for (size_t i = 0; i < shards_.size(); ++i) {
      threads_.push_back(std::make_shared<HttpThread>(shards_[i], make_handler(i), limits));
    }
    for (size_t i = 0; i < shards_.size(); ++i) {
      shards_[i]->run_and_wait([&, i] { threads_[i]->start(); });
    }
    shards_.front()->run_and_wait([this] { acceptor_->start(); });
  }

  bool drain(uint32_t ms_max) {
    if (!std::exchange(draining_, true)) {
      shards_.front()->run_and_wait([this] { acceptor_->stop(); });
      for (size_t i = 0; i < threads_.size(); ++i) {
        shards_[i]->run_and_wait([&, i] { threads_[i]->finish(); });
      }
    }
    const uint64_t until_ms = monotonic_ms() + std::min<uint64_t>(ms_max, stop_ms_left_);
    while (connections() > 0) {
      const uint64_t now_ms = monotonic_ms();
      if (now_ms >= until_ms) break;
      std::this_thread::sleep_for(stop_poll);
      stop_ms_left_ -= std::min(stop_ms_left_, monotonic_ms() - now_ms);
    }
    return connections() == 0;
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    drain(limits::http_stop_ms_max);
    for (size_t i = 0; i < threads_.size(); ++i) {
      shards_[i]->run_and_wait([&, i] { threads_[i]->close(); });
    }
  }

 private:
  // On any thread.
  void give(std::unique_ptr<ByteStream> stream, HttpProtocol protocol, AddressSlot slot) {
    const size_t turn = next_thread_.fetch_add(1) % threads_.size();
    shards_[turn]->post([thread = std::weak_ptr(threads_[turn]), stream = std::move(stream),
                         protocol, slot = std::move(slot)]() mutable {
      const auto alive = thread.lock();
      if (alive) alive->adopt(std::move(stream), protocol, std::move(slot));
    });
  }

  size_t connections() {
    size_t count = 0;
    for (size_t i = 0; i < threads_.size(); ++i) {
      shards_[i]->run_and_wait([&, i] { count += threads_[i]->connections(); });
    }
    return count;
  }

  const Shards shards_;
  const HttpServerOptions options_;
  std::vector<std::shared_ptr<HttpThread>> threads_;  // complete before the acceptor starts
  std::atomic<size_t> next_thread_{0};
  const std::shared_ptr<HttpAcceptor> acceptor_;
  uint64_t stop_ms_left_ = limits::http_stop_ms_max;
  bool draining_ = false;
  bool stopped_ = false;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::create(Shards shards,
                                                               HttpServerOptions options) {
  auto context = make_https_context(options.identity);
  if (!context.ok()) return context.status();
  return std::unique_ptr<HttpServer>(new HttpServer(
      std::make_unique<Impl>(std::move(shards), std::move(options), *std::move(context))));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }

absl::StatusOr<uint16_t> HttpServer::bind(const std::string& address) {
  return impl_->bind(address, false);
}
absl::StatusOr<uint16_t> HttpServer::bind_plain(const std::string& address) {
  return impl_->bind(address, true);
}
void HttpServer::serve(const MakeHandler& make_handler) { impl_->serve(make_handler); }
bool HttpServer::drain(uint32_t ms_max) { return impl_->drain(ms_max); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace tocsin::runtime
