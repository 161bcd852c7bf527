#include "runtime/http/http_poster.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "base/limits.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::runtime {
namespace {

namespace asio = boost::asio;
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

HttpTransfer::Order order_of(HttpPost post, const HttpPosterOptions& options) {
  HttpTransfer::Order order{.url = std::move(post.url),
                            .method = "POST",
                            .headers = {{"Content-Type", "application/json"}},
                            .body = std::move(post.body),
                            .timeout_ms = options.timeout_ms};
  for (auto& header : post.headers) order.headers.push_back(std::move(header));
  if (order.url.tls && !is_loopback_host(order.url.host)) order.proxy = options.proxy;
  return order;
}

}  // namespace

class HttpPoster::Post final : public HttpTransfer {
 public:
  Post(HttpPost post, HttpPoster& poster, Done done)
      : HttpTransfer(order_of(std::move(post), poster.options_), poster.options_.ca_pem),
        poster_(poster),
        done_(std::move(done)) {}

  // Once, however often it is called.
  void tell(int curl_code) {
    if (done_ != nullptr) std::exchange(done_, nullptr)(result(curl_code));
  }

 private:
  void on_head() override { poster_.answered_.push_back(this); }

  bool on_body(std::string_view piece) override {
    drained_bytes_ += piece.size();
    return drained_bytes_ <= limits::http_drain_bytes_max;
  }

  // One that may not be connected to refuses them all: a name that has one is no mistake.
  bool may_connect(const std::string& address) override {
    if (!order().proxy->empty()) return true;  // the proxy's, which is the operator's affair
    const std::string refusal =
        refusal_of_address(address, order().url.tls, poster_.options_.allow_loopback);
    if (!refusal.empty()) {
      refusal_ = fmt::format("{}: the address {} {}", order().url.host, address, refusal);
    }
    return refusal_.empty();
  }
  bool may_send() override { return refusal_.empty(); }

  absl::StatusOr<HttpPosted> result(int curl_code) const {
    if (head().is_complete)
      return HttpPosted{head().status, header_of(head().headers, "retry-after")};
    if (!refusal_.empty()) return absl::PermissionDeniedError(refusal_);
    if (curl_code != CURLE_OPERATION_TIMEDOUT) return failure(curl_code, order().url.authority());
    return absl::DeadlineExceededError(
        fmt::format("no answer within {} ms", poster_.options_.timeout_ms));
  }

  HttpPoster& poster_;
  Done done_;  // nullptr: told
  std::string refusal_;
  size_t drained_bytes_ = 0;
};

absl::StatusOr<std::unique_ptr<HttpPoster>> HttpPoster::create(Shard& shard,
                                                               HttpPosterOptions options) {
  if (!options.ca_pem.empty()) {
    const absl::Status parsed = TlsContext::client(options.ca_pem).status();
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("the authority of webhooks does not parse: {}; webhook_ca must be a PEM file",
                      std::string(parsed.message())));
    }
  }
  const auto proxy = parse_http_url(options.proxy);
  if (!options.proxy.empty() && (!proxy || proxy->tls || proxy->target != "/")) {
    return absl::InvalidArgumentError(
        fmt::format("webhook_proxy '{}': use http://HOST:PORT", options.proxy));
  }
  return std::unique_ptr<HttpPoster>(new HttpPoster(shard, std::move(options)));
}

HttpPoster::HttpPoster(Shard& shard, HttpPosterOptions options)
    : options_(std::move(options)),
      loop_(
          shard, limits::http_kept_max,
          [this](HttpTransfer& transfer, int curl_code) { on_over(transfer, curl_code); },
          [this] { tell_answered(); }) {}

HttpPoster::~HttpPoster() = default;

void HttpPoster::post(HttpPost post, Done done) {
  auto made = std::make_unique<Post>(std::move(post), *this, std::move(done));
  HttpTransfer& transfer = *made;
  posts_.emplace(&transfer, std::move(made));
  loop_.start(transfer);
}

void HttpPoster::on_over(HttpTransfer& transfer, int curl_code) {
  const auto post = posts_.extract(&transfer);
  std::erase(answered_, post.mapped().get());
  post.mapped()->tell(curl_code);
}

void HttpPoster::tell_answered() {
  for (size_t i = 0; i < answered_.size(); ++i) answered_[i]->tell(CURLE_OK);
  while (answered_.size() > limits::http_drains_max) {
    posts_.erase(answered_.front());
    answered_.erase(answered_.begin());
  }
}

std::string refusal_of_address(const std::string& address, bool tls, bool allow_loopback) {
  boost::system::error_code error;
  const Address parsed = asio::ip::make_address(address, error);
  if (error) return "is no address";
  const char* refusal = refusal_of(parsed, tls, allow_loopback);
  return refusal == nullptr ? "" : refusal;
}

}  // namespace tocsin::runtime
