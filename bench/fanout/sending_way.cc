#include "fanout/sending_way.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <sys/socket.h>

#include <openssl/ssl.h>

namespace tocsin::bench::fanout {
namespace {

class PlainSend final : public SendingWay {
 public:
  explicit PlainSend(uint32_t payload_bytes)
      : record_(payload_bytes + wire::TlsSession::overhead_bytes, 'x') {}
  std::string name() const override { return "plain send()"; }
  bool run(ConnectedFleet& fleet, uint32_t begin, uint32_t end) override {
    bool ok = true;
    for (uint32_t i = begin; i < end; ++i) {
      ok &= ::send(fleet.fd(i), record_.data(), record_.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
            static_cast<ssize_t>(record_.size());
    }
    return ok;
  }

 private:
  Bytes record_;
};

class SslWrite final : public SendingWay {
 public:
  explicit SslWrite(uint32_t payload_bytes) : payload_(payload_bytes, 'x') {}
  std::string name() const override { return "SSL_write"; }
  bool run(ConnectedFleet& fleet, uint32_t begin, uint32_t end) override {
    bool ok = true;
    for (uint32_t i = begin; i < end; ++i) {
      ok &= SSL_write(fleet.ssl(i), payload_.data(), static_cast<int>(payload_.size())) ==
            static_cast<int>(payload_.size());
    }
    return ok;
  }

 private:
  Bytes payload_;
};

class FanOut final : public SendingWay {
 public:
  FanOut(uint32_t payload_bytes, gateway::SocketIo::Means means)
      : payload_(payload_bytes, 'x'), means_(means) {}
  std::string name() const override {
    if (means_.io_uring && means_.fast_gcm) return "tocsin";
    return std::string("tocsin, ") + (means_.fast_gcm ? "ipsec-mb" : "OpenSSL EVP") + " and " +
           (means_.io_uring ? "io_uring" : "send()");
  }
  bool run(ConnectedFleet& fleet, uint32_t begin, uint32_t end) override {
    // Made here, because io_uring belongs to the thread that sends.
    if (io_ == nullptr) io_ = std::make_unique<gateway::SocketIo>(means_);
    bool ok = true;
    std::array<uint32_t, gateway::SocketIo::batch_max> indices;
    std::array<gateway::SocketIo::SendEnd, gateway::SocketIo::batch_max> ends;
    while (begin < end) {
      const size_t count = std::min<size_t>(end - begin, indices.size());
      std::iota(indices.begin(), indices.begin() + static_cast<ptrdiff_t>(count), begin);
      const auto batch_ends = std::span(ends).first(count);
      io_->send_batch(fleet.table(), std::span(indices).first(count), payload_, batch_ends);
      for (const auto end_of_one : batch_ends) ok &= end_of_one == gateway::SocketIo::SendEnd::sent;
      begin += static_cast<uint32_t>(count);
    }
    return ok;
  }

 private:
  Bytes payload_;
  gateway::SocketIo::Means means_;
  std::unique_ptr<gateway::SocketIo> io_;
};

}  // namespace

std::unique_ptr<SendingWay> make_plain_send(uint32_t payload_bytes) {
  return std::make_unique<PlainSend>(payload_bytes);
}

std::unique_ptr<SendingWay> make_ssl_write(uint32_t payload_bytes) {
  return std::make_unique<SslWrite>(payload_bytes);
}

std::unique_ptr<SendingWay> make_tocsin(uint32_t payload_bytes, gateway::SocketIo::Means means) {
  return std::make_unique<FanOut>(payload_bytes, means);
}

}  // namespace tocsin::bench::fanout
