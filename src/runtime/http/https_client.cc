#include "runtime/http/https_client.h"

#include <algorithm>
#include <curl/curl.h>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::runtime {
namespace {

// A server as people write it: https, and no path.
std::optional<HttpUrl> parse_server(const std::string& server) {
  auto url = parse_http_url(server);
  return url && url->tls && url->target == "/" ? url : std::nullopt;
}

}  // namespace

std::string HttpsAnswer::header(const std::string& name) const { return header_of(headers, name); }

// One request and its answer, with the time it may take.
class HttpsClient::Exchange final : public HttpTransfer {
 public:
  Exchange(const HttpsClient& client, const HttpsRequest& request, const OnPiece* on_piece,
           const NextPiece* next)
      : HttpTransfer(order_of(client, request, next != nullptr), client.options_.ca_pem),
        options_(client.options_),
        on_piece_(on_piece),
        next_(next) {
    wait_at_most(options_.timeout_ms);
  }

  uint64_t deadline_ms() const { return deadline_ms_; }

  absl::Status too_late() const {
    return absl::DeadlineExceededError(
        fmt::format("no answer from {} within {} ms", options_.server, patience_ms_));
  }

  // What came of it when it is over.
  absl::StatusOr<HttpsAnswer> answer(int curl_code) {
    if (!own_error_.ok()) return own_error_;
    if (!is_enough_ && !(curl_code == CURLE_OK && head().is_complete)) return why_not(curl_code);
    return HttpsAnswer{head().status, std::move(body_), head().headers};
  }

 private:
  static Order order_of(const HttpsClient& client, const HttpsRequest& request, bool is_upload) {
    const HttpsClientOptions& options = client.options_;
    Order order{.url = client.server_,
                .method = request.method,
                .body = is_upload ? "" : request.body,
                .is_upload = is_upload,
                .connect_to = options.connect_to};
    order.url.target = request.target;
    if (!request.bearer_token.empty()) {
      order.headers.emplace_back("Authorization", "Bearer " + request.bearer_token);
    }
    if (!request.body.empty() || is_upload) {
      order.headers.emplace_back("Content-Type", request.content_type);
    }
    order.http2 = options.http2;
    if (options.takes_proxy && !is_loopback_host(order.url.host)) order.proxy.reset();
    return order;
  }

  void wait_at_most(uint32_t ms) {
    patience_ms_ = ms;
    deadline_ms_ = monotonic_ms() + ms;
  }

  bool goes_on() const { return on_piece_ != nullptr && head().status / 100 == 2; }

  void on_head() override {
    if (goes_on()) wait_at_most(limits::event_silence_ms_max);
  }

  bool on_body(std::string_view piece) override {
    if (goes_on()) {
      wait_at_most(limits::event_silence_ms_max);
      is_enough_ = !(*on_piece_)(piece);
      return !is_enough_;
    }
    if (body_.size() + piece.size() > limits::http_answer_bytes_max) {
      own_error_ = absl::InternalError(fmt::format("{} answered with more than {} bytes",
                                                   options_.server, limits::http_answer_bytes_max));
      return false;
    }
    body_ += piece;
    return true;
  }

  std::optional<size_t> read_body(char* to, size_t room) override {
    wait_at_most(options_.timeout_ms);
    if (sent_of_piece_ == piece_.size()) {
      auto piece = (*next_)();
      if (!piece.ok()) {
        own_error_ = piece.status();
        return std::nullopt;
      }
      piece_ = *std::move(piece);
      sent_of_piece_ = 0;
    }
    const size_t bytes = piece_.copy(to, room, sent_of_piece_);
    sent_of_piece_ += bytes;
    return bytes;
  }

  bool may_send() override { return ++sent_times_ <= (order().method == "GET" ? 2 : 1); }

  absl::Status why_not(int curl_code) const {
    absl::Status status = failure(curl_code, options_.server);
    const std::string text(status.message());
    if (absl::IsFailedPrecondition(status)) {
      return absl::FailedPreconditionError(
          text + "; give the authority that signed it, and the server's name as it stands there");
    }
    if (sent_times_ > 0) return status;
    return absl::UnavailableError(text + "; is tocsind running there?");
  }

  const HttpsClientOptions& options_;
  const OnPiece* on_piece_;  // nullptr: the body is kept
  const NextPiece* next_;    // nullptr: no upload
  uint32_t patience_ms_ = 0;
  uint64_t deadline_ms_ = 0;
  std::string body_;
  std::string piece_;  // of an upload
  size_t sent_of_piece_ = 0;
  int sent_times_ = 0;
  bool is_enough_ = false;
  absl::Status own_error_;
};

absl::StatusOr<std::unique_ptr<HttpsClient>> HttpsClient::create(HttpsClientOptions options) {
  const auto server = parse_server(options.server);
  if (!server || (!options.connect_to.empty() && !parse_server("https://" + options.connect_to))) {
    return absl::InvalidArgumentError(
        fmt::format("server '{}': use https://HOST or https://HOST:PORT",
                    server ? options.connect_to : options.server));
  }
  if (!options.ca_pem.empty()) {
    const absl::Status parsed = TlsContext::client(options.ca_pem).status();
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("the certificate authority does not parse: {}; give a PEM file",
                      std::string(parsed.message())));
    }
  }
  return std::unique_ptr<HttpsClient>(new HttpsClient(std::move(options), *server));
}

HttpsClient::HttpsClient(HttpsClientOptions options, HttpUrl server)
    : options_(std::move(options)), server_(std::move(server)), multi_(make_curl_multi(1)) {}

HttpsClient::~HttpsClient() = default;

absl::StatusOr<HttpsAnswer> HttpsClient::call(const HttpsRequest& request) {
  Exchange exchange(*this, request, nullptr, nullptr);
  return run(exchange);
}

absl::StatusOr<HttpsAnswer> HttpsClient::stream(const HttpsRequest& request,
                                                const OnPiece& on_piece) {
  Exchange exchange(*this, request, &on_piece, nullptr);
  return run(exchange);
}

absl::StatusOr<HttpsAnswer> HttpsClient::upload(const HttpsRequest& request,
                                                const NextPiece& next) {
  Exchange exchange(*this, request, nullptr, &next);
  return run(exchange);
}

absl::StatusOr<HttpsAnswer> HttpsClient::run(Exchange& exchange) {
  exchange.start(multi_.get());
  while (true) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    if (const auto over = next_over(multi_.get())) return exchange.answer(over->curl_code);
    const uint64_t now_ms = monotonic_ms();
    if (now_ms >= exchange.deadline_ms()) return exchange.too_late();
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(exchange.deadline_ms() - now_ms),
                    nullptr);
  }
}

}  // namespace tocsin::runtime
