// One request and its answer, whatever version of HTTP carries them: what a handler is given, what
// it gives back, and what each side may do meanwhile.
//
//   head arrives --> HttpHandler::begin() --> HttpBodySink::on_piece()... on_end()
//                             |                         |
//                             +-------------------------+--> HttpResponder()  once, now or later
//
// An answer before the body's end is allowed: the rest of the body is thrown away, unless the answer
// `reads_on`. The answer may be whole (`body`) or go on for as long as its reader stays (`source`), and may end with trailers,
// which HTTP/1.1 leaves out.
//
// Thread: the one of the connection, except where said.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/functional/any_invocable.h>

#include "runtime/http_server/http_headers.h"
#include "runtime/mailbox.h"

namespace tocsin::runtime {

enum class HttpVersion : uint8_t { http10, http11, http2 };

struct HttpRequestHead {
  HttpVersion version = HttpVersion::http11;
  std::string method = {};  // "GET", "POST", ...; HEAD is handed on as GET
  std::string path = {};    // of the target, without the query, not decoded
  std::string query = {};   // after '?', not decoded
  HttpHeaders headers = {};
  // When a body is announced, by length or by frames or chunks that are to come.
  bool has_body = false;

  // By its media type, whatever the message format; gRPC needs HTTP/2.
  bool is_grpc() const {
    return version == HttpVersion::http2 && headers.media_type().starts_with("application/grpc");
  }
};

using HttpFields = std::vector<std::pair<std::string, std::string>>;

// The body of an answer that is not known when it begins: its pieces as they come, for as long as
// somebody reads them. The next one is asked for when the last one has left, so a source decides
// what waits for a slow reader and what is left out. Dropped when the answer is complete or the
// reader has gone.
class HttpBodySource {
 public:
  virtual ~HttpBodySource() = default;
  // Hand the next piece to `take`, now or later, once; an empty one is the end. After the source is
  // dropped `take` does nothing.
  using Take = absl::AnyInvocable<void(std::string piece)>;
  virtual void next(Take take) = 0;
  // Asked after the end.
  virtual HttpFields trailers() { return {}; }
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  HttpFields headers = {};                           // besides the standard ones; lower case
  std::shared_ptr<HttpBodySource> source = nullptr;  // instead of `body`
  HttpFields trailers = {};                          // after `body`
  bool says_length = true;                           // Content-Length, in HTTP/2
  // With a `source`, over HTTP/2: both sides talk at once, so what is left of the request's body
  // still goes to its sink.
  bool reads_on = false;
};

// Takes the body of one request piece by piece. Dropped without on_end() when the request is lost,
// or answered before its end.
class HttpBodySink {
 public:
  virtual ~HttpBodySink() = default;
  // The most bytes it takes: more is answered with 413.
  virtual size_t bytes_max() const = 0;
  // At most http_piece_bytes_max, valid during the call. Whether the next piece is welcome at once;
  // if not, HttpResponder::resume() says when.
  virtual bool on_piece(std::string_view piece) = 0;
  virtual void on_end() = 0;
  // Bytes of the body it keeps until on_end(), for the budget.
  virtual size_t held_bytes() const { return 0; }
  // Whether its client may be silent for long in the middle of the body: then only a connection
  // that is dead is given up, not a slow request.
  virtual bool may_pause() const { return false; }
};

// A request as its connection has it: where a responder's calls go.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual void respond(HttpResponse response) = 0;
  virtual void resume() = 0;
  virtual void vouch() = 0;
  virtual void when_gone(Task task) = 0;
};

// The right and duty to answer one request, once. What comes after the request is gone is dropped.
class HttpResponder {
 public:
  HttpResponder() = default;
  HttpResponder(std::weak_ptr<HttpExchange> exchange, Mailbox thread)
      : exchange_(std::move(exchange)), thread_(std::move(thread)) {}

  // From any thread.
  void operator()(HttpResponse response) const;
  // From any thread: the sink welcomes the next piece.
  void resume() const;

  // The request has shown a valid key: its connection is among the last to be closed for want of
  // room.
  void vouch() const;
  // Run `task` when the client goes, or resets the request, before its answer is complete. Replaces
  // one that was set before.
  void when_gone(Task task) const;

 private:
  template <typename Do>
  void run(Do act) const;

  std::weak_ptr<HttpExchange> exchange_;
  Mailbox thread_{{}};
};

// What a server does with requests. One object may serve several connection threads only if it may
// be called on each.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // A head has arrived. What is returned takes the body; nullptr: no body is wanted, and `respond`
  // answers all the same. May answer at once.
  virtual std::unique_ptr<HttpBodySink> begin(HttpRequestHead head, HttpResponder respond) = 0;
  // The answer for what fails below the handler: bad HTTP, too large, too slow.
  virtual HttpResponse error(int status, std::string message) = 0;
  // The same for a request of gRPC's media type, over HTTP/2.
  virtual HttpResponse grpc_error(int status, std::string message) {
    return error(status, std::move(message));
  }
};

}  // namespace tocsin::runtime
