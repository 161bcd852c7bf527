#include "runtime/http/http_session.h"

#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "runtime/http/http_target.h"

namespace tocsin::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

std::string text_of(beast::string_view view) { return {view.data(), view.size()}; }

// IMF-fixdate, RFC 9110 section 5.6.7.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

// `framing` is the header that says how the body's end is known.
std::string head_of(const HttpResponse& response, const std::string& framing, bool keep_alive) {
  std::string out = fmt::format(
      "HTTP/1.1 {} {}\r\nServer: tocsin\r\nDate: {}\r\nContent-Type: {}\r\n{}Connection: {}\r\n",
      response.status, text_of(http::obsolete_reason(http::int_to_status(response.status))),
      http_date(), response.content_type, framing, keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
  out += "\r\n";
  return out;
}

// Head and body in one piece, so that a small answer is one TLS record.
std::string serialize(const HttpResponse& response, bool keep_alive, bool head_only) {
  const std::string framing = fmt::format("Content-Length: {}\r\n", response.body.size());
  std::string out = head_of(response, framing, keep_alive);
  if (!head_only) out += response.body;
  return out;
}

struct HttpFault {
  int status;
  const char* message;
};

constexpr HttpFault too_large{413, "the request body is too large: at most 65536 bytes"};

// What to answer when a request cannot be read; nullopt when nobody is there to read an answer.
std::optional<HttpFault> fault_of(const ErrorCode& error, bool too_slow) {
  if (too_slow) return HttpFault{408, "the request took too long to arrive"};
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return HttpFault{431, "the request line and headers are too large: at most 8192 bytes"};
  }
  if (error == http::error::body_limit) {
    return too_large;
  }
  const bool is_http = error.category() == make_error_code(http::error::bad_method).category();
  if (!is_http || error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  return HttpFault{400, "this is not a well-formed HTTP/1.1 request"};
}
static_assert(limits::http_head_bytes_max == 8192 && limits::http_body_bytes_max == 65536,
              "the messages above name the limits");

class Session final : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<const HttpSessionHost> host, asio::io_context& context,
          asio::ssl::context& tls, tcp::socket socket, uint64_t number, bool surplus)
      : host_(std::move(host)),
        context_(context),
        stream_(std::move(socket), tls),
        deadline_(context),
        number_(number),
        surplus_(surplus) {}

  void start() override {
    arm(host_->limits.request_ms_max);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](const ErrorCode& error) {
                              if (error) return self->close();
                              self->await_request();
                            });
  }

  void finish() override {
    if (state_ == State::handshake) return close();
    if (state_ == State::idle) cancel_reading();
  }

  void close() override {
    if (state_ == State::closed) return;
    state_ = State::closed;
    disarm();
    sink_.reset();
    source_.reset();
    ErrorCode ignored;
    stream_.next_layer().close(ignored);
    host_->closed(number_);
  }

 private:
  enum class State {
    handshake,
    idle,
    reading,
    streaming,
    handling,
    flowing,
    writing,
    lingering,
    closed
  };
  using Parser = http::request_parser<http::string_body>;
  using PieceParser = http::request_parser<http::buffer_body>;

  // Run into on_deadline() unless disarmed or armed anew within `ms`.
  void arm(uint32_t ms) {
    const uint64_t turn = ++deadline_turn_;
    deadline_.expires_after(std::chrono::milliseconds(ms));
    deadline_.async_wait([self = shared_from_this(), turn](const ErrorCode& error) {
      if (!error && turn == self->deadline_turn_) self->on_deadline();
    });
  }

  void disarm() {
    ++deadline_turn_;
    deadline_.cancel();
  }

  void on_deadline() {
    if (state_ == State::idle) return cancel_reading();
    if (state_ != State::reading && state_ != State::streaming) return close();
    too_slow_ = true;
    cancel_reading();
  }

  // The read under way completes with operation_aborted.
  void cancel_reading() {
    ErrorCode ignored;
    stream_.next_layer().cancel(ignored);
  }

  void await_request() {
    state_ = State::idle;
    parser_.reset();
    if (buffer_.size() > 0) return read_head();
    buffer_.shrink_to_fit();
    if (host_->stopping) return linger();
    arm(host_->limits.idle_ms_max);
    stream_.async_read_some(buffer_.prepare(limits::http_head_bytes_max / 2),
                            [self = shared_from_this()](const ErrorCode& error, size_t bytes) {
                              self->buffer_.commit(bytes);
                              if (bytes > 0) return self->read_head();
                              if (error) self->linger();
                            });
  }

  void read_head() {
    if (state_ == State::closed) return;
    state_ = State::reading;
    arm(host_->limits.request_ms_max);
    parser_.emplace();
    parser_->header_limit(limits::http_head_bytes_max);
    parser_->body_limit(limits::http_stream_bytes_max);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const ErrorCode& error, size_t) { self->on_head(error); });
  }

  void on_head(const ErrorCode& error) {
    if (state_ == State::closed) return;
    if (error) return on_unreadable(error);
    const auto& request = parser_->get();
    if (surplus_) {
      return refuse({503, "too many connections: try again, and reuse connections"});
    }
    if (request.version() >= 11 && request.count(http::field::host) != 1) {
      return refuse({400, "an HTTP/1.1 request needs exactly one Host header"});
    }
    const auto length = parser_->content_length();
    const bool is_large = length && *length > limits::http_body_bytes_max;
    if (start_stream()) {
      if (state_ != State::streaming) return;
    } else if (is_large) {
      return refuse(too_large);
    }
    if (!parser_->is_done() && beast::iequals(request[http::field::expect], "100-continue")) {
      return invite_body();
    }
    read_body();
  }

  // Whether the body is one that comes in pieces.
  bool start_stream() {
    if (!host_->stream_handler) return false;
    const auto& message = parser_->get();
    const auto target = parse_http_target(text_of(message.target()));
    if (!target) return false;
    HttpRequest head;
    head.method = text_of(message.method_string());
    head.path = target->path;
    head.query = target->query;
    head.authorization = text_of(message[http::field::authorization]);
    head.content_type = text_of(message[http::field::content_type]);
    ++request_number_;
    auto answer = respond();
    state_ = State::streaming;
    auto sink = host_->stream_handler(head, answer);
    if (sink == nullptr) {
      state_ = State::reading;
      return false;
    }
    // It may have been answered already.
    if (state_ == State::streaming) sink_ = std::move(sink);
    return true;
  }

  void invite_body() {
    static constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(interim.data(), interim.size()),
                      [self = shared_from_this()](const ErrorCode& error, size_t) {
                        if (error) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    if (sink_ != nullptr) return begin_pieces();
    parser_->body_limit(limits::http_body_bytes_max);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const ErrorCode& error, size_t) {
                       if (self->state_ == State::closed) return;
                       if (error) return self->on_unreadable(error);
                       self->handle();
                     });
  }

  void begin_pieces() {
    keep_alive_ = parser_->keep_alive();
    if (parser_->is_done()) return end_pieces();
    piece_parser_.emplace(std::move(*parser_));
    piece_parser_->body_limit(limits::http_stream_bytes_max);
    read_piece();
  }

  void read_piece() {
    if (state_ != State::streaming) return;
    arm(host_->limits.request_ms_max);
    piece_.resize(limits::http_piece_bytes_max);
    auto& body = piece_parser_->get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    http::async_read_some(stream_, buffer_, *piece_parser_,
                          [self = shared_from_this()](ErrorCode error, size_t) {
                            if (error == http::error::need_buffer) error = {};
                            self->on_piece(error);
                          });
  }

  void on_piece(const ErrorCode& error) {
    if (state_ != State::streaming) return;
    if (error) return on_unreadable(error);
    piece_.resize(piece_.size() - piece_parser_->get().body().size);
    disarm();
    if (piece_.empty()) return go_on_reading();
    sink_->on_piece(std::exchange(piece_, {}), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->go_on_reading();
    });
  }

  void go_on_reading() {
    if (state_ != State::streaming) return;
    piece_parser_->is_done() ? end_pieces() : read_piece();
  }

  void end_pieces() {
    if (state_ != State::streaming) return;
    state_ = State::handling;
    piece_parser_.reset();
    std::exchange(sink_, nullptr)->on_end();
  }

  void on_unreadable(const ErrorCode& error) {
    const auto fault = fault_of(error, too_slow_);
    fault ? refuse(*fault) : linger();
  }

  void handle() {
    auto message = parser_->release();
    auto target = parse_http_target(text_of(message.target()));
    head_only_ = message.method() == http::verb::head;
    keep_alive_ = message.keep_alive();
    takes_chunks_ = message.version() >= 11;
    if (!target) return refuse({400, "the path has a broken percent escape"});
    HttpRequest request;
    request.method = head_only_ ? "GET" : text_of(message.method_string());
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    request.authorization = text_of(message[http::field::authorization]);
    request.content_type = text_of(message[http::field::content_type]);
    request.body = std::move(message.body());
    disarm();
    state_ = State::handling;
    ++request_number_;
    host_->handler(std::move(request), respond());
  }

  // Any thread may hold, call and drop it: the session is touched on its shard only.
  HttpServer::Respond respond() {
    return [&context = context_, weak = weak_from_this(),
            request_number = request_number_](HttpResponse response) {
      asio::dispatch(context, [weak, request_number, response = std::move(response)] {
        const auto self = weak.lock();
        if (self && self->request_number_ == request_number) self->answer(response);
      });
    };
  }

  void answer(const HttpResponse& response) {
    // Before the body's end: what is still on its way cannot be told from a next request.
    const bool early = state_ == State::streaming;
    if (state_ != State::handling && !early) return;
    sink_.reset();
    if (response.source != nullptr) return begin_flow(response);
    write(response, keep_alive_ && !host_->stopping && !early);
  }

  // -- An answer that goes on ----------------------------------------------------------------

  void begin_flow(const HttpResponse& response) {
    out_ = head_of(response, takes_chunks_ ? "Transfer-Encoding: chunked\r\n" : "", false);
    if (head_only_) return write_out(false);
    state_ = State::flowing;
    source_ = response.source;
    buffer_.clear();  // no other request is answered
    watch_reader();
    write_piece();
  }

  void write_piece() {
    arm(host_->limits.idle_ms_max);
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this()](const ErrorCode& error, size_t) {
                        if (self->state_ != State::flowing) return;
                        self->out_ = {};
                        if (error) return self->close();
                        self->disarm();
                        self->ask_for_piece();
                      });
  }

  void ask_for_piece() {
    const auto source = source_;  // may be dropped by what it hands over
    source->next([weak = weak_from_this()](std::string piece) {
      const auto self = weak.lock();
      if (self && self->state_ == State::flowing) self->on_answer_piece(std::move(piece));
    });
  }

  void on_answer_piece(std::string piece) {
    if (piece.empty()) return end_flow();
    out_ = takes_chunks_ ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : std::move(piece);
    write_piece();
  }

  void end_flow() {
    source_.reset();
    state_ = State::writing;
    out_ = takes_chunks_ ? "0\r\n\r\n" : "";
    arm(host_->limits.request_ms_max);
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this()](const ErrorCode& error, size_t) {
                        if (self->state_ == State::closed) return;
                        if (error) return self->close();
                        self->watching_reader_ ? self->cancel_reading() : self->linger();
                      });
  }

  // Only reading tells that the reader has gone. What he sends is nothing we have asked for.
  void watch_reader() {
    watching_reader_ = true;
    stream_.async_read_some(buffer_.prepare(limits::http_head_bytes_max / 2),
                            [self = shared_from_this()](const ErrorCode& error, size_t bytes) {
                              self->watching_reader_ = false;
                              self->on_reader(error, bytes);
                            });
  }

  void on_reader(const ErrorCode& error, size_t bytes) {
    if (state_ == State::closed) return;
    discarded_bytes_ += bytes;
    if (state_ == State::writing && error == asio::error::operation_aborted) return linger();
    if (error || discarded_bytes_ > limits::http_linger_bytes_max) return close();
    if (state_ == State::flowing) watch_reader();
  }

  // ------------------------------------------------------------------------------------------

  void refuse(HttpFault fault) { write(host_->error_shape(fault.status, fault.message), false); }

  void write(const HttpResponse& response, bool keep_alive) {
    out_ = serialize(response, keep_alive, head_only_);
    write_out(keep_alive);
  }

  void write_out(bool keep_alive) {
    state_ = State::writing;
    arm(host_->limits.request_ms_max);
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this(), keep_alive](const ErrorCode& error, size_t) {
                        if (self->state_ == State::closed) return;
                        self->out_ = {};
                        self->head_only_ = false;
                        if (error) return self->close();
                        keep_alive ? self->await_request() : self->linger();
                      });
  }

  // Say goodbye, then read what the peer still sends: closing over unread bytes would reset the
  // connection, and the peer might never see the answer.
  void linger() {
    if (state_ == State::closed) return;
    state_ = State::lingering;
    arm(limits::http_linger_ms_max);
    stream_.async_shutdown([self = shared_from_this()](const ErrorCode&) {
      if (self->state_ == State::closed) return;
      ErrorCode ignored;
      self->stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
      self->buffer_.clear();
      self->discard();
    });
  }

  void discard() {
    stream_.next_layer().async_read_some(
        buffer_.prepare(limits::http_head_bytes_max),
        [self = shared_from_this()](const ErrorCode& error, size_t bytes) {
          self->discarded_bytes_ += bytes;
          if (error || self->discarded_bytes_ > limits::http_linger_bytes_max) return self->close();
          self->discard();
        });
  }

  std::shared_ptr<const HttpSessionHost> host_;
  asio::io_context& context_;
  asio::ssl::stream<tcp::socket> stream_;
  asio::steady_timer deadline_;
  uint64_t deadline_turn_ = 0;
  uint64_t number_;
  bool surplus_;
  bool too_slow_ = false;
  bool head_only_ = false;
  bool keep_alive_ = false;
  bool takes_chunks_ = false;
  bool watching_reader_ = false;
  State state_ = State::handshake;
  uint64_t request_number_ = 0;
  size_t discarded_bytes_ = 0;
  beast::flat_buffer buffer_{limits::http_head_bytes_max + limits::http_body_bytes_max};
  std::optional<Parser> parser_;
  std::optional<PieceParser> piece_parser_;
  std::shared_ptr<HttpBodySink> sink_;  // of the request that comes in pieces
  std::string piece_;
  std::shared_ptr<HttpBodySource> source_;  // of the answer that goes on
  std::string out_;
};

}  // namespace

std::shared_ptr<HttpSession> HttpSession::create(std::shared_ptr<const HttpSessionHost> host,
                                                 void* io_context, void* tls_context, int fd,
                                                 bool is_v6, uint64_t number, bool surplus) {
  auto& context = *static_cast<asio::io_context*>(io_context);
  tcp::socket socket(context, is_v6 ? tcp::v6() : tcp::v4(), fd);
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  return std::make_shared<Session>(std::move(host), context,
                                   *static_cast<asio::ssl::context*>(tls_context),
                                   std::move(socket), number, surplus);
}

}  // namespace tocsin::runtime
