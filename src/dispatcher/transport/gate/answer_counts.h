// AnswerCounts: tocsin_api_answers_total, as one connection thread counts it.
//
// Thread: one owner; the counters behind it are the process's.
// Bound: calls of the schema and a few names more, times the statuses they have.
#pragma once

#include <map>
#include <string_view>
#include <tuple>

#include "runtime/metrics.h"

namespace tocsin::dispatcher {

enum class Transport { rest, grpc };

class AnswerCounts {
 public:
  // One more answer. `call` outlives this. `http_status` is, for gRPC, the one that REST would have
  // given.
  void add(std::string_view call, Transport transport, int http_status);

 private:
  std::map<std::tuple<std::string_view, Transport, int>, runtime::Counter> counters_;
};

}  // namespace tocsin::dispatcher
