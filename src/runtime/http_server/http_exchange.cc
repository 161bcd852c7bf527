#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

// Run `act` on the exchange, on its thread, if it is still there.
template <typename Do>
void HttpResponder::run(Do act) const {
  if (thread_.on_this_thread()) {
    if (const auto exchange = exchange_.lock()) act(*exchange);
    return;
  }
  thread_.post([exchange = exchange_, act = std::move(act)]() mutable {
    if (const auto alive = exchange.lock()) act(*alive);
  });
}

void HttpResponder::operator()(HttpResponse response) const {
  run([response = std::move(response)](HttpExchange& exchange) mutable {
    exchange.respond(std::move(response));
  });
}

void HttpResponder::resume() const {
  run([](HttpExchange& exchange) { exchange.resume(); });
}

void HttpResponder::vouch() const {
  if (const auto exchange = exchange_.lock()) exchange->vouch();
}

void HttpResponder::when_gone(Task task) const {
  if (const auto exchange = exchange_.lock()) exchange->when_gone(std::move(task));
}

}  // namespace tocsin::runtime
