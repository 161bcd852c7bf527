#include "runtime/http/http_server.h"

#include <chrono>
#include <fmt/format.h>
#include <future>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/check.h"
#include "runtime/http/http_session.h"
#include "runtime/http/https_context.h"
#include "runtime/log.h"

namespace tocsin::runtime {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr uint32_t accept_retry_ms = 100;

// "0.0.0.0:8443", "[::1]:0"; names are not looked up, an operator binds addresses.
absl::StatusOr<tcp::endpoint> parse_endpoint(const std::string& address) {
  const auto refused = [&] {
    return absl::InvalidArgumentError(fmt::format(
        "listen address '{}': use ADDRESS:PORT, such as 0.0.0.0:8443 or [::]:8443", address));
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return refused();
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos || std::stoul(port) > 65535) {
    return refused();
  }
  ErrorCode error;
  const auto ip = asio::ip::make_address(host, error);
  if (error || ip.is_v6() != bracketed) return refused();
  return tcp::endpoint(ip, static_cast<uint16_t>(std::stoul(port)));
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Shard& shard, const TlsIdentity& identity, Handler handler, ErrorShape error_shape,
       HttpLimits limits, StreamHandler stream_handler)
      : shard_(shard), tls_(make_https_context(identity)), acceptor_(context()) {
    host_->handler = std::move(handler);
    host_->error_shape = std::move(error_shape);
    host_->limits = limits;
    host_->stream_handler = std::move(stream_handler);
  }

  absl::StatusOr<uint16_t> bind(const std::string& address) {
    if (!tls_.ok()) return tls_.status();
    const auto endpoint = parse_endpoint(address);
    if (!endpoint.ok()) return endpoint.status();
    host_->closed = [weak = weak_from_this()](uint64_t number) {
      if (const auto self = weak.lock()) self->on_closed(number);
    };
    ErrorCode error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      ErrorCode ignored;
      acceptor_.close(ignored);
      return absl::UnavailableError(fmt::format(
          "cannot listen on {}: {}; is another server running there?", address, error.message()));
    }
    is_v6_ = endpoint->protocol() == tcp::v6();
    return acceptor_.local_endpoint().port();
  }

  void serve() {
    shard_.post([self = shared_from_this()] { self->accept(); });
  }

  void stop() {
    auto drained = std::make_shared<std::promise<void>>();
    const auto wait = drained->get_future();
    shard_.post([self = shared_from_this(), drained] { self->begin_stop(drained); });
    if (wait.wait_for(std::chrono::milliseconds(limits::http_stop_ms_max)) ==
        std::future_status::ready) {
      return;
    }
    shard_.post([self = shared_from_this()] { self->close_all(); });
    wait.wait_for(std::chrono::milliseconds(limits::http_stop_ms_max));
  }

  bool on_shard() const { return shard_.on_this_thread(); }

 private:
  using Sessions = std::unordered_map<uint64_t, std::shared_ptr<HttpSession>>;

  asio::io_context& context() { return *static_cast<asio::io_context*>(shard_.asio_context()); }

  void accept() {
    if (host_->stopping) return;
    acceptor_.async_accept([weak = weak_from_this()](const ErrorCode& error, tcp::socket socket) {
      const auto self = weak.lock();
      if (!self || self->host_->stopping) return;
      if (error) return self->on_accept_error(error);
      self->admit(std::move(socket));
      self->accept();
    });
  }

  // Out of file descriptors or memory: wait instead of spinning; the kernel holds the rest.
  void on_accept_error(const ErrorCode& error) {
    if (error == asio::error::operation_aborted) return;
    log_warning("http: cannot accept: {}; trying again in {} ms", error.message(), accept_retry_ms);
    shard_.after(accept_retry_ms, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->accept();
    });
  }

  void admit(tcp::socket socket) {
    const bool surplus = sessions_.size() >= host_->limits.connections_max;
    if (sessions_.size() >= host_->limits.connections_max + limits::http_refusals_max) return;
    ErrorCode error;
    const int fd = socket.release(error);
    if (error) return;
    const uint64_t number = ++last_number_;
    auto session = HttpSession::create(host_, &context(), tls_->get(), fd, is_v6_, number, surplus);
    sessions_[number] = session;
    session->start();
  }

  void on_closed(uint64_t number) {
    sessions_.erase(number);
    if (drained_ && sessions_.empty()) std::exchange(drained_, nullptr)->set_value();
  }

  void begin_stop(std::shared_ptr<std::promise<void>> drained) {
    host_->stopping = true;
    ErrorCode ignored;
    acceptor_.close(ignored);
    drained_ = std::move(drained);
    if (sessions_.empty()) return std::exchange(drained_, nullptr)->set_value();
    for (const auto& [number, session] : Sessions(sessions_)) session->finish();
  }

  void close_all() {
    for (const auto& [number, session] : Sessions(sessions_)) session->close();
  }

  Shard& shard_;
  absl::StatusOr<std::shared_ptr<void>> tls_;
  tcp::acceptor acceptor_;
  bool is_v6_ = false;
  std::shared_ptr<HttpSessionHost> host_ = std::make_shared<HttpSessionHost>();
  Sessions sessions_;
  uint64_t last_number_ = 0;
  std::shared_ptr<std::promise<void>> drained_;
};

HttpServer::HttpServer(Shard& shard, const TlsIdentity& identity, Handler handler,
                       ErrorShape error_shape, HttpLimits limits, StreamHandler stream_handler)
    : impl_(std::make_shared<Impl>(shard, identity, std::move(handler), std::move(error_shape),
                                   limits, std::move(stream_handler))) {}

HttpServer::~HttpServer() { stop(); }

absl::StatusOr<uint16_t> HttpServer::bind(const std::string& address) {
  return impl_->bind(address);
}

void HttpServer::serve() { impl_->serve(); }

absl::StatusOr<uint16_t> HttpServer::listen(const std::string& address) {
  auto port = bind(address);
  if (port.ok()) serve();
  return port;
}

void HttpServer::stop() {
  if (std::exchange(stopped_, true)) return;
  TOCSIN_CHECK(!impl_->on_shard());
  impl_->stop();
}

}  // namespace tocsin::runtime
