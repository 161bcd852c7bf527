#include "runtime/http/https_client.h"

#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/clock.h"
#include "runtime/http/client_tls.h"
#include "runtime/http/http_url.h"

namespace tocsin::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Stream = ssl::stream<tcp::socket>;

// A server as people write it: https, and no path.
std::optional<HttpUrl> parse_server(const std::string& server) {
  auto url = parse_http_url(server);
  return url && url->tls && url->target == "/" ? url : std::nullopt;
}

std::string lower(beast::string_view text) {
  std::string out(text.data(), text.size());
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::string HttpsAnswer::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

class HttpsClient::Impl {
 public:
  Impl(HttpsClientOptions options, HttpUrl server, HttpUrl connect_to)
      : options_(std::move(options)),
        server_(std::move(server)),
        connect_to_(std::move(connect_to)) {}

  absl::Status load() {
    auto context = client_context(options_.ca_pem);
    if (!context.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("the certificate authority does not parse: {}; give a PEM file",
                      std::string(context.status().message())));
    }
    tls_ = *std::move(context);
    return absl::OkStatus();
  }

  absl::StatusOr<HttpsAnswer> call(const HttpsRequest& request) {
    return exchange_with_retry(request,
                               [this](const Message& message) { return exchange(message); });
  }

  absl::StatusOr<HttpsAnswer> stream(const HttpsRequest& request, const OnPiece& on_piece) {
    bool has_begun = false;
    const OnPiece noted = [&](std::string_view piece) {
      has_begun = true;
      return on_piece(piece);
    };
    return exchange_with_retry(request, [&](const Message& message) -> absl::StatusOr<HttpsAnswer> {
      if (has_begun) return broken(http::error::end_of_stream);  // nothing is told twice
      const ErrorCode write_error = write(message);
      return read_answer(write_error, &noted);
    });
  }

  absl::StatusOr<HttpsAnswer> upload(const HttpsRequest& request, const NextPiece& next) {
    return exchange_with_retry(request, [&](const Message& message) {
      const auto write_error = write_pieces(message, request.content_type, next);
      if (!write_error.ok()) return absl::StatusOr<HttpsAnswer>(write_error.status());
      return read_answer(*write_error, nullptr);
    });
  }

 private:
  using Message = http::request<http::string_body>;
  using OnDone = std::function<void(const ErrorCode&)>;
  using Exchange = std::function<absl::StatusOr<HttpsAnswer>(const Message&)>;

  void wait_at_most(uint32_t ms) {
    patience_ms_ = ms;
    deadline_ms_ = monotonic_ms() + ms;
  }

  absl::StatusOr<HttpsAnswer> exchange_with_retry(const HttpsRequest& request,
                                                  const Exchange& exchange) {
    wait_at_most(options_.timeout_ms);
    const bool kept = stream_.has_value();
    auto answer = try_call(request, exchange);
    if (kept && request.method == "GET" && absl::IsUnavailable(answer.status())) {
      answer = try_call(request, exchange);
    }
    return answer;
  }

  // Start one asynchronous operation and run it to its end, or to the deadline, which cuts the
  // connection.
  ErrorCode run(const std::function<void(OnDone)>& start) {
    std::optional<ErrorCode> result;
    start([&result](const ErrorCode& error) { result = error; });
    const uint64_t now_ms = monotonic_ms();
    context_.restart();
    context_.run_for(std::chrono::milliseconds(deadline_ms_ > now_ms ? deadline_ms_ - now_ms : 0));
    if (result) return *result;
    resolver_.cancel();
    disconnect_socket();
    context_.restart();
    context_.run();
    return asio::error::timed_out;
  }

  void disconnect_socket() {
    if (!stream_) return;
    ErrorCode ignored;
    stream_->next_layer().close(ignored);
  }

  absl::StatusOr<HttpsAnswer> try_call(const HttpsRequest& request, const Exchange& exchange) {
    if (!stream_) {
      absl::Status connected = connect();
      if (!connected.ok()) {
        stream_.reset();
        return connected;
      }
    }
    auto answer = exchange(message_of(request));
    if (!answer.ok()) stream_.reset();
    return answer;
  }

  absl::Status connect() {
    tcp::resolver::results_type places;
    ErrorCode error = run([&](OnDone done) {
      resolver_.async_resolve(connect_to_.host, connect_to_.port,
                              [&places, done](const ErrorCode& error, auto found) {
                                places = std::move(found);
                                done(error);
                              });
    });
    if (error) return unreachable(error);
    stream_.emplace(context_, *tls_);
    buffer_.clear();
    error = run([&](OnDone done) {
      asio::async_connect(stream_->next_layer(), places,
                          [done](const ErrorCode& error, const tcp::endpoint&) { done(error); });
    });
    if (error) return unreachable(error);
    ErrorCode ignored;
    stream_->next_layer().set_option(tcp::no_delay(true), ignored);
    return handshake();
  }

  absl::Status handshake() {
    expect_host(*stream_, server_.host);
    const ErrorCode error =
        run([&](OnDone done) { stream_->async_handshake(ssl::stream_base::client, done); });
    if (!error) return absl::OkStatus();
    if (const auto distrust = distrust_in(*stream_, error)) {
      return absl::FailedPreconditionError(fmt::format(
          "{} is not trusted: {}; give the authority that signed its certificate, and the server's "
          "name as it stands in the certificate",
          options_.server, *distrust));
    }
    return unreachable(error);
  }

  Message message_of(const HttpsRequest& request) const {
    Message message(http::string_to_verb(request.method), request.target, 11);
    if (message.method() == http::verb::unknown) message.method_string(request.method);
    message.set(http::field::host, server_.authority());
    message.set(http::field::user_agent, "tocsin");
    if (!request.bearer_token.empty()) {
      message.set(http::field::authorization, "Bearer " + request.bearer_token);
    }
    message.body() = request.body;
    if (!request.body.empty()) message.set(http::field::content_type, request.content_type);
    message.prepare_payload();
    return message;
  }

  absl::StatusOr<HttpsAnswer> exchange(const Message& message) {
    const ErrorCode write_error = write(message);
    return read_answer(write_error, nullptr, message.method() == http::verb::head);
  }

  ErrorCode write(const Message& message) {
    return run([&](OnDone done) {
      http::async_write(*stream_, message, [done](const ErrorCode& error, size_t) { done(error); });
    });
  }

  ErrorCode write(const std::string& bytes) {
    return run([&](OnDone done) {
      asio::async_write(*stream_, asio::buffer(bytes),
                        [done](const ErrorCode& error, size_t) { done(error); });
    });
  }

  // `message` with a body in chunks. The error is that of `next`.
  absl::StatusOr<ErrorCode> write_pieces(const Message& message, const std::string& content_type,
                                         const NextPiece& next) {
    http::request<http::empty_body> head(message.base());
    head.erase(http::field::content_length);
    head.set(http::field::content_type, content_type);
    head.chunked(true);
    http::request_serializer<http::empty_body> serializer(head);
    ErrorCode error = run([&](OnDone done) {
      http::async_write_header(*stream_, serializer,
                               [done](const ErrorCode& error, size_t) { done(error); });
    });
    for (bool more = true; more && !error;) {
      const auto piece = next();
      if (!piece.ok()) return piece.status();
      more = !piece->empty();
      wait_at_most(options_.timeout_ms);
      error = write(more ? fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece) : "0\r\n\r\n");
    }
    wait_at_most(options_.timeout_ms);
    return error;
  }

  // A server that refuses may answer and close before all is written: its answer tells more than
  // the failed write.
  absl::StatusOr<HttpsAnswer> read_answer(const ErrorCode& write_error, const OnPiece* on_piece,
                                          bool head_only = false) {
    ErrorCode error = write_error;
    http::response_parser<http::empty_body> head;
    head.body_limit(limits::http_answer_bytes_max);
    if (head_only) head.skip(true);
    if (error != asio::error::timed_out) {
      error = run([&](OnDone done) {
        http::async_read_header(*stream_, buffer_, head,
                                [done](const ErrorCode& error, size_t) { done(error); });
      });
    }
    if (error) return broken(write_error ? write_error : error);
    const bool is_good = head.get().result_int() / 100 == 2;
    auto answer = on_piece != nullptr && is_good ? read_pieces(head, *on_piece)
                                                 : read_whole(head, write_error);
    if (write_error) stream_.reset();
    return answer;
  }

  template <typename Response>
  static HttpsAnswer answer_of(const Response& response) {
    HttpsAnswer answer;
    answer.status = static_cast<int>(response.result_int());
    for (const auto& field : response) {
      answer.headers.emplace_back(lower(field.name_string()),
                                  std::string(field.value().data(), field.value().size()));
    }
    return answer;
  }

  // Both take `head` over.
  absl::StatusOr<HttpsAnswer> read_whole(http::response_parser<http::empty_body>& head,
                                         const ErrorCode& write_error) {
    http::response_parser<http::string_body> parser(std::move(head));
    parser.body_limit(limits::http_answer_bytes_max);
    ErrorCode error;
    if (!parser.is_done()) {
      error = run([&](OnDone done) {
        http::async_read(*stream_, buffer_, parser,
                         [done](const ErrorCode& error, size_t) { done(error); });
      });
    }
    if (error) return broken(write_error ? write_error : error);
    auto response = parser.release();
    HttpsAnswer answer = answer_of(response);
    answer.body = std::move(response.body());
    if (!response.keep_alive()) stream_.reset();
    return answer;
  }

  absl::StatusOr<HttpsAnswer> read_pieces(http::response_parser<http::empty_body>& head,
                                          const OnPiece& on_piece) {
    http::response_parser<http::buffer_body> parser(std::move(head));
    parser.body_limit(boost::none);
    std::vector<char> piece(limits::http_piece_bytes_max);
    bool is_enough = false;
    while (!parser.is_done() && !is_enough) {
      auto& body = parser.get().body();
      body.data = piece.data();
      body.size = piece.size();
      wait_at_most(limits::event_silence_ms_max);
      ErrorCode error = run([&](OnDone done) {
        http::async_read_some(*stream_, buffer_, parser,
                              [done](const ErrorCode& error, size_t) { done(error); });
      });
      if (error == http::error::need_buffer) error = {};
      if (error) return broken(error);
      const size_t bytes = piece.size() - body.size;
      is_enough = bytes > 0 && !on_piece({piece.data(), bytes});
    }
    HttpsAnswer answer = answer_of(parser.get());
    if (is_enough || !parser.get().keep_alive()) stream_.reset();
    return answer;
  }

  absl::Status unreachable(const ErrorCode& error) const {
    return absl::UnavailableError(fmt::format("cannot reach {}: {}; is tocsind running there?",
                                              options_.server, error.message()));
  }

  absl::Status broken(const ErrorCode& error) const {
    if (error == asio::error::timed_out) {
      return absl::DeadlineExceededError(
          fmt::format("no answer from {} within {} ms", options_.server, patience_ms_));
    }
    const bool closed = error == http::error::end_of_stream;
    if (!closed && error.category() == make_error_code(http::error::bad_method).category()) {
      return absl::InternalError(
          fmt::format("{} did not answer in HTTP: {}", options_.server, error.message()));
    }
    return absl::UnavailableError(
        fmt::format("the connection to {} broke: {}", options_.server, error.message()));
  }

  HttpsClientOptions options_;
  HttpUrl server_;
  HttpUrl connect_to_;
  uint32_t patience_ms_ = 0;
  uint64_t deadline_ms_ = 0;
  asio::io_context context_;
  std::shared_ptr<ssl::context> tls_;
  tcp::resolver resolver_{context_};
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_;
};

HttpsClient::HttpsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsClient::~HttpsClient() = default;

absl::StatusOr<std::unique_ptr<HttpsClient>> HttpsClient::create(HttpsClientOptions options) {
  const auto server = parse_server(options.server);
  const auto connect_to =
      options.connect_to.empty() ? server : parse_server("https://" + options.connect_to);
  if (!server || !connect_to) {
    return absl::InvalidArgumentError(
        fmt::format("server '{}': use https://HOST or https://HOST:PORT",
                    server ? options.connect_to : options.server));
  }
  auto impl = std::make_unique<Impl>(std::move(options), *server, *connect_to);
  const absl::Status loaded = impl->load();
  if (!loaded.ok()) return loaded;
  return std::unique_ptr<HttpsClient>(new HttpsClient(std::move(impl)));
}

absl::StatusOr<HttpsAnswer> HttpsClient::call(const HttpsRequest& request) {
  return impl_->call(request);
}

absl::StatusOr<HttpsAnswer> HttpsClient::stream(const HttpsRequest& request,
                                                const OnPiece& on_piece) {
  return impl_->stream(request, on_piece);
}

absl::StatusOr<HttpsAnswer> HttpsClient::upload(const HttpsRequest& request,
                                                const NextPiece& next) {
  return impl_->upload(request, next);
}

}  // namespace tocsin::runtime
