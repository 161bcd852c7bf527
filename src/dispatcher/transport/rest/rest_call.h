// RestCall: one call over HTTP, from its admitted head to the answer.
//
// Thread: the connection's.  Bound: see rest.h.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/transport/gate/api_gate.h"
#include "dispatcher/transport/rest/router.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class RestCall : public std::enable_shared_from_this<RestCall> {
 public:
  // Requires route.method.
  RestCall(std::shared_ptr<ApiGate> gate, Route route, const runtime::HttpRequestHead& head,
           runtime::HttpResponder respond);

  // Why it is refused by its head; answered then.
  bool is_refused();
  // The sink of its body; nullptr when there is none, and the call is made.
  std::unique_ptr<runtime::HttpBodySink> start(bool has_body);

 private:
  enum class Coding { identity, gzip, unknown };
  static Coding coding_of(const runtime::HttpRequestHead& head);
  bool is_refused_type();
  std::string app() const;

  void take(std::string body);
  void make(const std::string& body);
  std::unique_ptr<runtime::HttpBodySink> start_list(bool has_body);
  void answer(const Answer& answer);
  void respond(runtime::HttpResponse response);

  const std::shared_ptr<ApiGate> gate_;
  const Route route_;
  const Method& method_;
  const std::string query_;
  const std::string authorization_;
  const std::string media_type_;
  const std::string content_length_;
  const Coding coding_;
  const runtime::HttpResponder respond_;
};

}  // namespace tocsin::dispatcher
