#include "runtime/http/http_poster.h"

#include <chrono>
#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/limits.h"
#include "runtime/http/client_tls.h"

namespace tocsin::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Address = asio::ip::address;

// An IPv4 address that is written as an IPv6 one is judged as what it is.
Address unmapped(const Address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

bool is_link_local(const Address& address) {
  if (address.is_v6()) return address.to_v6().is_link_local();
  const auto bytes = address.to_v4().to_bytes();
  return bytes[0] == 169 && bytes[1] == 254;
}

bool is_broadcast_or_none(const Address& address) {
  return address.is_unspecified() ||
         (address.is_v4() && (address.to_v4().to_bytes()[0] == 0 ||
                              address.to_v4() == asio::ip::address_v4::broadcast()));
}

const char* refusal_of(const Address& mapped, bool tls, bool allow_loopback) {
  const Address address = unmapped(mapped);
  if (is_link_local(address)) return "is link-local";
  if (is_broadcast_or_none(address) || address.is_multicast()) return "is nobody's";
  if (address.is_loopback() && !allow_loopback) return "is loopback, and webhook_loopback is off";
  if (!address.is_loopback() && !tls) return "is not loopback, and http:// is for that alone";
  return nullptr;
}

// One post on its way: resolve, connect, handshake, write, read the head.
class Post : public std::enable_shared_from_this<Post> {
 public:
  Post(asio::io_context& context, std::shared_ptr<ssl::context> tls, HttpPost post,
       const HttpPosterOptions& options, HttpPoster::Done done)
      : tls_(std::move(tls)),
        post_(std::move(post)),
        allow_loopback_(options.allow_loopback),
        timeout_ms_(options.timeout_ms),
        done_(std::move(done)),
        resolver_(context),
        deadline_(context),
        stream_(context, *tls_) {}

  void start() {
    deadline_.expires_after(std::chrono::milliseconds(timeout_ms_));
    deadline_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) self->finish(self->too_late());
    });
    ErrorCode not_an_address;
    const Address address = asio::ip::make_address(post_.url.host, not_an_address);
    if (!not_an_address) {
      return connect({{address, static_cast<uint16_t>(std::stoul(post_.url.port))}});
    }
    resolver_.async_resolve(post_.url.host, post_.url.port,
                            [self = shared_from_this()](const ErrorCode& error, const auto& found) {
                              if (self->is_over()) return;
                              if (error) return self->finish(self->unreachable(error));
                              self->connect({found.begin(), found.end()});
                            });
  }

 private:
  bool is_over() const { return done_ == nullptr; }

  void finish(absl::StatusOr<HttpPosted> result) {
    if (is_over()) return;
    deadline_.cancel();
    resolver_.cancel();
    ErrorCode ignored;
    stream_.next_layer().close(ignored);
    std::exchange(done_, nullptr)(std::move(result));
  }

  // Any address that may not be posted to refuses them all: a name that has one is no mistake.
  void connect(std::vector<tcp::endpoint> places) {
    for (const tcp::endpoint& place : places) {
      const char* refusal = refusal_of(place.address(), post_.url.tls, allow_loopback_);
      if (refusal != nullptr) {
        return finish(absl::PermissionDeniedError(fmt::format(
            "{}: the address {} {}", post_.url.host, place.address().to_string(), refusal)));
      }
    }
    places_ = std::move(places);
    asio::async_connect(stream_.next_layer(), places_,
                        [self = shared_from_this()](const ErrorCode& error, const auto&) {
                          if (self->is_over()) return;
                          if (error) return self->finish(self->unreachable(error));
                          self->post_.url.tls ? self->handshake() : self->write();
                        });
  }

  void handshake() {
    expect_host(stream_, post_.url.host);
    stream_.async_handshake(ssl::stream_base::client,
                            [self = shared_from_this()](const ErrorCode& error) {
                              if (self->is_over()) return;
                              if (error) return self->finish(self->untrusted(error));
                              self->write();
                            });
  }

  void write() {
    request_ = http::request<http::string_body>(http::verb::post, post_.url.target, 11);
    request_.set(http::field::host, post_.url.authority());
    request_.set(http::field::user_agent, "tocsin");
    request_.set(http::field::content_type, "application/json");
    request_.keep_alive(false);
    for (const auto& [name, value] : post_.headers) request_.set(name, value);
    request_.body() = std::move(post_.body);
    request_.prepare_payload();
    // A server that refuses may answer and close before it has read everything: its answer tells
    // more than the error.
    const auto written = [self = shared_from_this()](const ErrorCode&, size_t) {
      if (!self->is_over()) self->read();
    };
    post_.url.tls ? http::async_write(stream_, request_, written)
                  : http::async_write(stream_.next_layer(), request_, written);
  }

  void read() {
    parser_.header_limit(limits::http_head_bytes_max);
    const auto got = [self = shared_from_this()](const ErrorCode& error, size_t) {
      if (self->is_over()) return;
      if (error) return self->finish(self->broken(error));
      const auto& head = self->parser_.get();
      const auto retry_after = head[http::field::retry_after];
      self->finish(HttpPosted{static_cast<int>(head.result_int()),
                              std::string(retry_after.data(), retry_after.size())});
    };
    post_.url.tls ? http::async_read_header(stream_, buffer_, parser_, got)
                  : http::async_read_header(stream_.next_layer(), buffer_, parser_, got);
  }

  absl::Status too_late() const {
    return absl::DeadlineExceededError(fmt::format("no answer within {} ms", timeout_ms_));
  }
  absl::Status unreachable(const ErrorCode& error) const {
    return absl::UnavailableError(
        fmt::format("cannot reach {}:{}: {}", post_.url.host, post_.url.port, error.message()));
  }
  absl::Status untrusted(const ErrorCode& error) {
    const auto distrust = distrust_in(stream_, error);
    if (!distrust) return unreachable(error);
    return absl::FailedPreconditionError(
        fmt::format("the certificate of {} is not trusted: {}", post_.url.host, *distrust));
  }
  absl::Status broken(const ErrorCode& error) const {
    const bool closed =
        error == http::error::end_of_stream || error == http::error::partial_message;
    if (!closed && error.category() == make_error_code(http::error::bad_method).category()) {
      return absl::InternalError(fmt::format("{} did not answer in HTTP", post_.url.host));
    }
    return absl::UnavailableError(
        fmt::format("the connection to {} broke: {}", post_.url.host, error.message()));
  }

  std::shared_ptr<ssl::context> tls_;
  HttpPost post_;
  bool allow_loopback_;
  uint32_t timeout_ms_;
  HttpPoster::Done done_;  // nullptr: it is over
  tcp::resolver resolver_;
  asio::steady_timer deadline_;
  std::vector<tcp::endpoint> places_;
  ssl::stream<tcp::socket> stream_;  // over http only its socket is used
  http::request<http::string_body> request_;
  http::response_parser<http::empty_body> parser_;
  beast::flat_buffer buffer_{limits::http_head_bytes_max + 1024};
};

}  // namespace

class HttpPoster::Impl {
 public:
  Impl(Shard& shard, HttpPosterOptions options)
      : context_(*static_cast<asio::io_context*>(shard.asio_context())),
        options_(std::move(options)) {}

  absl::Status load() {
    auto context = client_context(options_.ca_pem);
    if (!context.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("the authority of webhooks does not parse: {}; webhook_ca must be a PEM file",
                      std::string(context.status().message())));
    }
    tls_ = *std::move(context);
    return absl::OkStatus();
  }

  void post(HttpPost post, Done done) {
    std::make_shared<Post>(context_, tls_, std::move(post), options_, std::move(done))->start();
  }

 private:
  asio::io_context& context_;
  HttpPosterOptions options_;
  std::shared_ptr<ssl::context> tls_;
};

HttpPoster::HttpPoster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpPoster::~HttpPoster() = default;

absl::StatusOr<std::unique_ptr<HttpPoster>> HttpPoster::create(Shard& shard,
                                                               HttpPosterOptions options) {
  auto impl = std::make_unique<Impl>(shard, std::move(options));
  if (auto status = impl->load(); !status.ok()) return status;
  return std::unique_ptr<HttpPoster>(new HttpPoster(std::move(impl)));
}

void HttpPoster::post(HttpPost post, Done done) { impl_->post(std::move(post), std::move(done)); }

std::string refusal_of_address(const std::string& address, bool tls, bool allow_loopback) {
  ErrorCode error;
  const Address parsed = asio::ip::make_address(address, error);
  if (error) return "is no address";
  const char* refusal = refusal_of(parsed, tls, allow_loopback);
  return refusal == nullptr ? "" : refusal;
}

}  // namespace tocsin::runtime
