// SessionFsm: the protocol of one device connection on the gateway's side, without the connection.
//
// Frames and verdicts go in, one Action at a time comes out, and the caller obeys it before it
// offers the next frame. It does no I/O, reads no clock and keeps no pointer, so that unit tests
// and the fuzzer run the code production runs.
//
//   await_preface -> await_hello --Hello--> verifying --verified--> opening --granted--> live
//                     |      ^                 |                      |                  |
//                  Register  |              refused                revoked          GoAway, Refuse
//                     v      |                 v                      v                  v
//                    registering             closed                 closed             closed
//
// Anything not drawn is refused with an Error frame and closes.
//
// Thread: owned by one shard.
// Bound: 4 bytes of state; lists as in wire/messages.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/messages.h"

namespace tocsin::gateway {

// What the caller has to do. Views in it point into the frame just given.
namespace action {
struct Nothing {};
struct SendPong {};
// Check the registration key, make the record durable, then on_registered().
struct Register {
  wire::Register request;
};
// Check the mac against this connection's exporter, then on_verified().
struct VerifyHello {
  wire::Hello hello;
};
struct Delivered {
  wire::MessageIdList messages;
};
struct Opened {
  wire::MessageIdList messages;
};
// Make the change durable, then answer Updated; when it removes tags, only once they are gone from
// the audience.
struct ChangeTags {
  wire::Update update;
};
// Tell storage which conditions hold for the device.
struct ChangeConditions {
  uint32_t conditions;
};
// Send this Error frame and close.
struct Refuse {
  wire::Error::Reason reason;
  std::string_view text;
};
}  // namespace action

using Action = std::variant<action::Nothing, action::SendPong, action::Register,
                            action::VerifyHello, action::Delivered, action::Opened,
                            action::ChangeTags, action::ChangeConditions, action::Refuse>;

class SessionFsm {
 public:
  enum class State : uint8_t {
    await_preface,
    await_hello,
    registering,
    verifying,
    opening,
    live,
    closed,
  };

  // The first bytes of the connection: `bytes` is the whole preface. Returns nothing, or Refuse
  // when it is another protocol. Requires await_preface.
  Action on_preface(ByteView bytes);

  // One frame from the device, at monotonic second `now_s` (for the rate limit).
  Action on_frame(const wire::FrameView& frame, uint32_t now_s);

  // Verdicts on what an action asked for.
  void on_registered();  // registering -> await_hello
  void on_verified();    // verifying -> opening
  void on_granted();     // opening -> live
  void on_closed() { state_ = State::closed; }

  State state() const { return state_; }
  // The Welcome has gone out: heartbeats and pushes may flow.
  bool is_open() const { return state_ == State::opening || state_ == State::live; }

 private:
  Action on_register_frame(ByteView body);
  Action on_hello_frame(ByteView body);
  Action on_ack_frame(ByteView body, bool opened);
  Action on_conditions_frame(ByteView body);
  Action on_update_frame(ByteView body);
  Action refuse(wire::Error::Reason reason, std::string_view text);
  Action refuse(wire::Code code);
  bool over_rate(uint32_t now_s);

  State state_ = State::await_preface;
  uint8_t frames_this_s_ = 0;
  uint16_t second_ = 0;  // low bits of the second that frames_this_s_ counts
};

// Multiply by a million idle devices before you raise this.
static_assert(sizeof(SessionFsm) <= 4);

}  // namespace tocsin::gateway
