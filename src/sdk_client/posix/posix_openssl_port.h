// PosixOpensslPort: implements tocsin_posix.h. Connection, state file, entropy and the gateways to
// try, as the function tables that the core is lent.
//
// Thread: one owner, the same as its client's.
// Bound: gateways_hint_max + 1 gateways.
#pragma once

#include <array>

#include "base/limits.h"
#include "sdk_client/include/tocsin_posix.h"
#include "sdk_client/posix/error_text.h"
#include "sdk_client/posix/state_file.h"
#include "sdk_client/posix/tls_connection.h"

namespace tocsin::sdk_client {

class PosixOpensslPort {
 public:
  PosixOpensslPort();

  tocsin_status open(const tocsin_posix_options& options);
  const tocsin_transport& transport() const { return transport_; }
  const tocsin_store* store() const { return state_file_.is_open() ? &store_ : nullptr; }
  const char* error() const { return error_.text(); }

  tocsin_status wait(uint32_t wait_ms, int stop_fd);
  tocsin_status run(tocsin_client* client, int stop_fd);
  int fd(short& events) const { return connection_.fd(events); }

 private:
  using Gateway = std::array<char, limits::gateway_text_bytes_max + 1>;

  void fill_transport();
  void fill_store();
  const char* gateway_of(uint32_t attempt) const;
  void remember_gateways(const tocsin_text* gateways, size_t count);

  ErrorText error_;
  TlsConnection connection_;
  StateFile state_file_;
  tocsin_transport transport_{};
  tocsin_store store_{};
  char server_[TlsConnection::gateway_bytes_max] = "";
  std::array<Gateway, limits::gateways_hint_max> hints_{};
  size_t hint_count_ = 0;
};

}  // namespace tocsin::sdk_client
