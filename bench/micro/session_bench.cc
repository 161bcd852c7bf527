// One frame of a device: cut out and decoded, and as a step of its session.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "gateway/session_fsm.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/hello_auth.h"

namespace tocsin::bench::micro {
namespace {

using gateway::Action;
using gateway::SessionFsm;

wire::FrameView view_of(ByteView bytes) {
  wire::FrameView frame;
  size_t used = 0;
  TOCSIN_CHECK(wire::read_frame(bytes, limits::device_frame_bytes_max, frame, used) ==
               wire::Code::ok);
  return frame;
}

Bytes ack_frame() {
  wire::Ack ack;
  ack.messages.push_back(MessageId{0x0123456789abcdef});
  Bytes bytes;
  TOCSIN_CHECK(wire::append_message(ack, bytes) == wire::Code::ok);
  return bytes;
}

Bytes ping_frame() {
  Bytes bytes;
  wire::append_frame(wire::FrameType::ping, bytes);
  return bytes;
}

// A session that has been through Hello.
SessionFsm live_session() {
  const Bytes mac(wire::hello_mac_bytes, 1);
  wire::Hello hello;
  hello.app = AppId{1};
  hello.device.bytes.fill(2);
  hello.key_epoch = 1;
  hello.mac = mac;
  Bytes bytes;
  TOCSIN_CHECK(wire::append_message(hello, bytes) == wire::Code::ok);
  SessionFsm session;
  session.on_preface(wire::preface);
  session.on_frame(view_of(bytes), 0);
  session.on_verified();
  session.on_granted();
  TOCSIN_CHECK(session.state() == SessionFsm::State::live);
  return session;
}

void frame_decode(benchmark::State& state) {
  const Bytes bytes = ack_frame();
  for (auto _ : state) {
    const wire::FrameView frame = view_of(bytes);
    wire::Ack ack;
    TOCSIN_CHECK(wire::decode(frame.body, ack) == wire::Code::ok);
    benchmark::DoNotOptimize(ack);
  }
}
BENCHMARK(frame_decode);

// Each step in a second of its own, or the rate limit would end the session.
template <typename Wanted>
void step(benchmark::State& state, const Bytes& bytes) {
  const wire::FrameView frame = view_of(bytes);
  SessionFsm session = live_session();
  uint32_t now_s = 1;
  for (auto _ : state) {
    const Action action = session.on_frame(frame, now_s++);
    TOCSIN_CHECK(std::holds_alternative<Wanted>(action));
  }
}

void session_ping(benchmark::State& state) { step<gateway::action::SendPong>(state, ping_frame()); }
BENCHMARK(session_ping);

void session_ack(benchmark::State& state) { step<gateway::action::Delivered>(state, ack_frame()); }
BENCHMARK(session_ack);

}  // namespace
}  // namespace tocsin::bench::micro
