// A handler of an HttpServer for tests: collects bodies and hands whole requests to a function.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "runtime/http_server/http_exchange.h"
#include "runtime/http_server/http_server.h"

namespace tocsin::test {

struct HttpRequest {
  runtime::HttpRequestHead head;
  std::string body = {};
};

using AnswerHttp = std::function<void(HttpRequest, runtime::HttpResponder)>;

class HttpAnswering final : public runtime::HttpHandler {
 public:
  explicit HttpAnswering(AnswerHttp answer) : answer_(std::move(answer)) {}

  std::unique_ptr<runtime::HttpBodySink> begin(runtime::HttpRequestHead head,
                                               runtime::HttpResponder respond) override {
    return std::make_unique<Sink>(answer_, HttpRequest{std::move(head)}, std::move(respond));
  }
  runtime::HttpResponse error(int status, std::string message) override {
    return {.status = status, .body = "{\"error\":\"" + message + "\"}"};
  }

 private:
  class Sink final : public runtime::HttpBodySink {
   public:
    Sink(const AnswerHttp& answer, HttpRequest request, runtime::HttpResponder respond)
        : answer_(answer), request_(std::move(request)), respond_(std::move(respond)) {}
    size_t bytes_max() const override { return limits::http_body_bytes_max; }
    bool on_piece(std::string_view piece) override {
      request_.body += piece;
      return true;
    }
    void on_end() override { answer_(std::move(request_), std::move(respond_)); }
    size_t held_bytes() const override { return request_.body.size(); }

   private:
    const AnswerHttp& answer_;
    HttpRequest request_;
    runtime::HttpResponder respond_;
  };

  AnswerHttp answer_;
};

// A server of one shard on a free port of 127.0.0.1; status of create() and bind() asserted by use.
inline std::unique_ptr<runtime::HttpServer> serve_http(std::shared_ptr<runtime::Shard> shard,
                                                       const runtime::HttpServerOptions& options,
                                                       AnswerHttp answer, uint16_t& port) {
  auto server = runtime::HttpServer::create({std::move(shard)}, options).value();
  port = server->bind("127.0.0.1:0").value();
  server->serve([&](size_t) { return std::make_unique<HttpAnswering>(answer); });
  return server;
}

}  // namespace tocsin::test
