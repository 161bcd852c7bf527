// Target: what all devices of a worker that belong to one gateway have in common.
//
// Thread: one worker.  Bound: one ticket.
#pragma once

#include <netinet/in.h>
#include <string>

#include "drill/resumption.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::drill {

struct Target {
  sockaddr_in address{};
  std::string server_name;  // that the certificate must be valid for
  runtime::TlsContext tls;
  bool spread_sources = false;
  Resumption resumption;
};

}  // namespace tocsin::drill
