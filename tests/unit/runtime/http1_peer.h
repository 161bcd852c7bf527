// Http1Peer: one HTTP/1.1 session with a handler that does what the path says, and a clock that the
// test moves. Bytes go in, bytes come out; there is no socket.
//
//   /...      echo: answers with method, path, query and body when the body has ended
//   /refuse   wants no body, and answers 401 at once
//   /early    answers at the first piece of the body
//   /held     as echo, but not before answer_held()
//   /slow     wants each next piece of the body not before resume()
//   /resume   says that the next piece is welcome from within the last one
//   /stream   takes much; answers with the number of bytes
//   /flow     answers with a source: give() and end_flow()
//   /empty    204
//
// Thread: that of a Shard of its own, for responders know whether they are on their thread.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/http_server/http_session.h"

namespace tocsin::runtime::test {

// Hands on what it is given, when it is given.
class GivenSource final : public HttpBodySource {
 public:
  void next(Take take) override {
    ++asked;
    take_ = std::move(take);
    flush();
  }
  void give(std::string piece) {
    pieces_.push_back(std::move(piece));
    flush();
  }

  int asked = 0;

 private:
  void flush() {
    if (!take_ || pieces_.empty()) return;
    std::string piece = std::move(pieces_.front());
    pieces_.erase(pieces_.begin());
    std::exchange(take_, nullptr)(std::move(piece));
  }

  Take take_;
  std::vector<std::string> pieces_;
};

class PathHandler : public HttpHandler {
 public:
  std::unique_ptr<HttpBodySink> begin(HttpRequestHead head, HttpResponder respond) override;

  HttpResponse error(int status, std::string message) override {
    ++refusals;
    return {.status = status, .body = "{\"error\":\"" + message + "\"}"};
  }

  std::vector<std::string> seen;   // "POST /path?query"
  std::vector<std::string> ended;  // bodies that came to their end
  int refusals = 0;
  int gone = 0;
  int pieces = 0;
  size_t largest_piece = 0;
  HttpResponder held;  // the last one of "/held", "/slow" and "/flow"
  std::string held_answer;
  std::weak_ptr<GivenSource> source;
  size_t body_bytes_max = limits::http_body_bytes_max;
};

// Collects a body, and acts as its path says.
class PathSink final : public HttpBodySink {
 public:
  PathSink(PathHandler& handler, std::string path, std::string line, HttpResponder respond)
      : handler_(handler),
        path_(std::move(path)),
        line_(std::move(line)),
        respond_(std::move(respond)) {}

  size_t bytes_max() const override {
    return path_ == "/stream" ? limits::http_stream_bytes_max : handler_.body_bytes_max;
  }
  bool on_piece(std::string_view piece) override {
    ++handler_.pieces;
    handler_.largest_piece = std::max(handler_.largest_piece, piece.size());
    bytes_ += piece.size();
    if (path_ != "/stream") body_ += piece;
    if (path_ == "/early") respond_({.body = "early"});
    if (path_ == "/resume") respond_.resume();
    return path_ != "/slow" && path_ != "/resume";
  }
  void on_end() override {
    handler_.ended.push_back(body_);
    if (path_ == "/stream") return respond_({.body = std::to_string(bytes_)});
    if (path_ == "/held") {
      handler_.held_answer = line_ + " " + body_;
      return;
    }
    respond_({.body = line_ + " " + body_});
  }
  size_t held_bytes() const override { return body_.size(); }

 private:
  PathHandler& handler_;
  std::string path_;
  std::string line_;
  HttpResponder respond_;
  std::string body_;
  size_t bytes_ = 0;
};

inline std::unique_ptr<HttpBodySink> PathHandler::begin(HttpRequestHead head,
                                                        HttpResponder respond) {
  std::string line = head.method + " " + head.path;
  if (!head.query.empty()) line += "?" + head.query;
  seen.push_back(line);
  respond.when_gone([this] { ++gone; });
  if (!head.headers.find("authorization").empty()) respond.vouch();
  if (head.path == "/held" || head.path == "/slow" || head.path == "/flow") held = respond;
  if (head.path == "/refuse") {
    respond({.status = 401, .body = "no", .headers = {{"www-authenticate", "Bearer"}}});
    return nullptr;
  }
  if (head.path == "/empty") {
    respond({.status = 204});
    return nullptr;
  }
  if (head.path == "/flow") {
    auto flow = std::make_shared<GivenSource>();
    source = flow;
    respond({.content_type = "text/plain", .source = std::move(flow)});
    return nullptr;
  }
  return std::make_unique<PathSink>(*this, head.path, std::move(line), std::move(respond));
}

class Http1Peer final : public HttpLink {
 public:
  explicit Http1Peer(const HttpLimits& limits = {}) : shard_(std::make_shared<Shard>("http1")) {
    shard_->start();
    host_.emplace(handler, limits, Mailbox(shard_));
    host_->date = "Sun, 06 Nov 1994 08:49:37 GMT";
    host_->now_ms = 1'000'000;
    run([this] { session_ = make_http1_session(*host_, *this); });
  }
  ~Http1Peer() override {
    disconnect();
    shard_->stop();
  }

  // Do `act` on the session's thread.
  void run(Task act) { shard_->run_and_wait(std::move(act)); }

  // `bytes` arrive, `step` at a time; what is sent until nothing moves any more.
  std::string send(std::string_view bytes, size_t step = SIZE_MAX) {
    std::string out;
    run([&] {
      while (!bytes.empty()) {
        const size_t size = std::min(step, bytes.size());
        session_->receive(bytes.substr(0, size));
        bytes.remove_prefix(size);
        pump(out);
      }
    });
    return out;
  }
  // What is there to be sent.
  std::string take(size_t step = 32 * 1024) {
    std::string out;
    run([&] { pump(out, step); });
    return out;
  }
  std::string end_input() {
    run([this] { session_->on_input_end(); });
    return take();
  }
  // Time passes; what is sent then.
  std::string wait(uint64_t ms) {
    run([&] {
      host_->now_ms += ms;
      if (session_->deadline_ms() <= host_->now_ms) session_->on_deadline();
    });
    return take();
  }
  std::string finish() {
    run([this] { session_->finish(); });
    return take();
  }
  std::string answer_held(HttpResponse response) {
    run([&] { handler.held(std::move(response)); });
    return take();
  }
  std::string resume() {
    run([this] { handler.held.resume(); });
    return take();
  }
  std::string give(std::string piece) {
    run([&] {
      if (const auto source = handler.source.lock()) source->give(std::move(piece));
    });
    return take();
  }
  std::string end_flow() { return give(""); }
  void disconnect() {
    run([this] { session_.reset(); });
  }

  HttpSession& session() { return *session_; }
  HttpHost& host() { return *host_; }
  bool is_over() { return session_->is_over(); }

  // HttpLink
  void on_progress() override { ++progresses; }
  void on_vouched() override { ++vouched; }

  PathHandler handler;
  int progresses = 0;
  int vouched = 0;

 private:
  void pump(std::string& out, size_t step = 32 * 1024) {
    for (size_t before = SIZE_MAX; before != out.size();) {
      before = out.size();
      session_->produce(out, step);
    }
  }

  std::shared_ptr<Shard> shard_;
  std::optional<HttpHost> host_;
  std::unique_ptr<HttpSession> session_;
};

}  // namespace tocsin::runtime::test
