#include "dispatcher/transport/gate/answer_counts.h"

#include <fmt/format.h>
#include <string>

namespace tocsin::dispatcher {

void AnswerCounts::add(std::string_view call, Transport transport, int http_status) {
  const std::tuple key(call, transport, http_status);
  auto at = counters_.find(key);
  if (at == counters_.end()) {
    const auto counter = runtime::counter(
        "tocsin_api_answers_total", "Answers of the API by call, transport and HTTP status.",
        {{"call", std::string(call)},
         {"transport", transport == Transport::rest ? "rest" : "grpc"},
         {"status", fmt::format("{}", http_status)}});
    at = counters_.emplace(key, counter).first;
  }
  at->second.add();
}

}  // namespace tocsin::dispatcher
