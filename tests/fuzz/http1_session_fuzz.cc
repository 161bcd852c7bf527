// What a client sends on a connection of HTTP/1.1, in any pieces, while handlers answer at once,
// later, in pieces or never (tests/unit/runtime/http1_peer.h: the path says which), time passes and
// the server stops.
//
// The first byte chooses the pieces and what happens between them; the rest is what is sent. What
// comes out must read as HTTP/1.1, no request may be run after a refusal, nothing may be counted as
// held in the end; and for handlers that answer at once it must not matter how the bytes were cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/check.h"
#include "base/prng.h"
#include "runtime/http_server/http_session.h"

#include "tests/unit/runtime/http1_peer.h"

namespace tocsin::runtime {
namespace {

namespace http = boost::beast::http;

enum class Manner : uint8_t { plain, scripted };

class CheckedHandler final : public test::PathHandler {
 public:
  explicit CheckedHandler(Manner manner) : manner_(manner) {}

  std::unique_ptr<HttpBodySink> begin(HttpRequestHead head, HttpResponder respond) override {
    TOCSIN_CHECK(refusals == 0);
    TOCSIN_CHECK(head.path.starts_with('/'));
    if (manner_ == Manner::plain && head.path != "/refuse" && head.path != "/empty") {
      head.path = "/plain";
    }
    return PathHandler::begin(std::move(head), std::move(respond));
  }

 private:
  Manner manner_;
};

class Connection final : public HttpLink {
 public:
  Connection(Manner manner, const Mailbox& thread)
      : handler(manner), host_(handler, {}, thread), session_(make_http1_session(host_, *this)) {}
  ~Connection() override {
    TOCSIN_CHECK(session_ == nullptr);
    TOCSIN_CHECK(host_.unread.used_bytes() == 0);
    TOCSIN_CHECK(host_.half_received.used_bytes() == 0);
  }

  void receive(std::string_view bytes) {
    session_->receive(bytes);
    TOCSIN_CHECK(host_.half_received.used_bytes() == session_->half_received_bytes());
  }

  void produce(size_t bytes_wanted) {
    const bool was_over = session_->is_over();
    const size_t before = out.size();
    session_->produce(out, bytes_wanted);
    TOCSIN_CHECK(!was_over || out.size() == before);
    TOCSIN_CHECK(host_.unread.used_bytes() == session_->unread_bytes());
  }

  void drain() {
    for (size_t before = SIZE_MAX; before != out.size();) {
      before = out.size();
      produce(32 * 1024);
    }
  }

  // Something that is not the client's doing, mostly.
  void happen(Prng& prng) {
    switch (prng.below(16)) {
      case 0:
        return handler.held.resume();
      case 1:
        return handler.held({.body = handler.held_answer});
      case 2:
      case 3:
        return give(prng);
      case 4:
        host_.now_ms += prng.below(20'000);
        if (session_->deadline_ms() <= host_.now_ms) session_->on_deadline();
        return;
      case 5:
        if (prng.below(16) == 0) session_->finish();
        return;
      case 6:
        if (prng.below(16) == 0) session_->on_input_end();
        return;
      default:
        return produce(1 + prng.below(prng.below(2) == 0 ? 8 : 4096));
    }
  }

  bool wants_input() const { return session_->wants_input(); }
  void end_input() { session_->on_input_end(); }
  void destroy() { session_.reset(); }

  void on_progress() override {}
  void on_vouched() override {}

  CheckedHandler handler;
  std::string out;

 private:
  void give(Prng& prng) {
    if (const auto source = handler.source.lock()) source->give(std::string(prng.below(40), 's'));
  }

  HttpHost host_;
  std::unique_ptr<HttpSession> session_;
};

// Messages of HTTP/1.1, the last one perhaps not complete.
void check_output(std::string_view out) {
  while (!out.empty()) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    boost::system::error_code error;
    const size_t used = parser.put({out.data(), out.size()}, error);
    if (error == http::error::need_more) return;
    TOCSIN_CHECK(!error);
    out.remove_prefix(used);
    if (!parser.is_done()) return;
  }
}

void run_scripted(std::string_view input, const Mailbox& thread, Prng prng) {
  // Answers to HEAD announce a body that does not come.
  const bool has_head = input.find("HEAD ") != std::string_view::npos;
  Connection connection(Manner::scripted, thread);
  while (!input.empty()) {
    // Now and then also what it did not want: it may have been read before.
    if (connection.wants_input() || prng.below(16) == 0) {
      const size_t size = std::min(input.size(), 1 + prng.below(prng.below(4) == 0 ? 4096 : 16));
      connection.receive(input.substr(0, size));
      input.remove_prefix(size);
    } else if (prng.below(64) == 0) {
      break;
    }
    for (uint64_t events = prng.below(4); events > 0; --events) connection.happen(prng);
  }
  if (prng.below(2) == 0) connection.end_input();
  if (prng.below(2) == 0) connection.drain();
  connection.destroy();
  TOCSIN_CHECK(connection.handler.gone <= static_cast<int>(connection.handler.seen.size()));
  if (!has_head) check_output(connection.out);
}

void run_plain(std::string_view input, Prng prng, Connection& connection, size_t step_max) {
  while (!input.empty()) {
    const size_t size = std::min(input.size(), 1 + prng.below(step_max));
    connection.receive(input.substr(0, size));
    input.remove_prefix(size);
    connection.drain();
  }
  connection.destroy();
}

void run(std::string_view input, const Mailbox& thread) {
  if (input.empty()) return;
  const Prng prng(static_cast<uint8_t>(input[0]));
  input.remove_prefix(1);
  run_scripted(input, thread, prng);
  Connection cut(Manner::plain, thread);
  run_plain(input, prng, cut, 24);
  Connection whole(Manner::plain, thread);
  run_plain(input, prng, whole, UINT32_MAX);
  TOCSIN_CHECK(cut.out == whole.out);
  TOCSIN_CHECK(cut.handler.seen == whole.handler.seen);
  TOCSIN_CHECK(cut.handler.ended == whole.handler.ended);
}

}  // namespace
}  // namespace tocsin::runtime

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin::runtime;
  static const auto shard = [] {
    auto made = std::make_shared<Shard>("fuzz");
    made->start();
    return made;
  }();
  shard->run_and_wait([&] { run({reinterpret_cast<const char*>(data), size}, Mailbox(shard)); });
  return 0;
}
