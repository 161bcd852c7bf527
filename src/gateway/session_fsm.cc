#include "gateway/session_fsm.h"

#include <algorithm>

#include "base/check.h"

namespace tocsin::gateway {
using Reason = wire::Error::Reason;

static_assert(limits::device_frames_per_s_max < UINT8_MAX);

Action SessionFsm::on_preface(ByteView bytes) {
  TOCSIN_CHECK(state_ == State::await_preface);
  if (!std::equal(bytes.begin(), bytes.end(), wire::preface.begin(), wire::preface.end())) {
    return refuse(Reason::bad_frame, "a tocsin/1 connection begins with the bytes 54 01");
  }
  state_ = State::await_hello;
  return action::Nothing{};
}

Action SessionFsm::on_frame(const wire::FrameView& frame, uint32_t now_s) {
  if (over_rate(now_s)) return refuse(Reason::too_many_requests, "too many frames in one second");
  switch (frame.type) {
    case wire::FrameType::reg:
      return on_register_frame(frame.body);
    case wire::FrameType::hello:
      return on_hello_frame(frame.body);
    case wire::FrameType::ack:
      return on_ack_frame(frame.body, false);
    case wire::FrameType::opened:
      return on_ack_frame(frame.body, true);
    case wire::FrameType::conditions:
      return on_conditions_frame(frame.body);
    case wire::FrameType::update:
      return on_update_frame(frame.body);
    case wire::FrameType::ping:
      if (is_open()) return action::SendPong{};
      return refuse(Reason::bad_frame, "say Hello before Ping");
    case wire::FrameType::pong:
      if (is_open()) return action::Nothing{};
      return refuse(Reason::bad_frame, "say Hello before Pong");
    default:
      return refuse(Reason::bad_frame, "this frame goes from server to device only");
  }
}

void SessionFsm::on_registered() {
  TOCSIN_CHECK(state_ == State::registering);
  state_ = State::await_hello;
}

void SessionFsm::on_verified() {
  TOCSIN_CHECK(state_ == State::verifying);
  state_ = State::opening;
}

void SessionFsm::on_granted() {
  TOCSIN_CHECK(state_ == State::opening);
  state_ = State::live;
}

Action SessionFsm::on_register_frame(ByteView body) {
  if (state_ != State::await_hello) {
    return refuse(Reason::bad_frame, "Register comes before Hello, one at a time");
  }
  action::Register result;
  if (const wire::Code code = wire::decode(body, result.request); code != wire::Code::ok) {
    return refuse(code);
  }
  state_ = State::registering;
  return result;
}

Action SessionFsm::on_hello_frame(ByteView body) {
  if (state_ != State::await_hello) {
    return refuse(Reason::bad_frame, "one Hello for each connection");
  }
  action::VerifyHello result;
  if (const wire::Code code = wire::decode(body, result.hello); code != wire::Code::ok) {
    return refuse(code);
  }
  state_ = State::verifying;
  return result;
}

Action SessionFsm::on_ack_frame(ByteView body, bool opened) {
  // Legal from Welcome on: a device may report opens that it kept while offline.
  if (!is_open()) return refuse(Reason::bad_frame, "say Hello before Ack and Opened");
  if (opened) {
    wire::Opened frame;
    if (const wire::Code code = wire::decode(body, frame); code != wire::Code::ok) {
      return refuse(code);
    }
    return action::Opened{frame.messages};
  }
  wire::Ack frame;
  if (const wire::Code code = wire::decode(body, frame); code != wire::Code::ok) {
    return refuse(code);
  }
  return action::Delivered{frame.messages};
}

Action SessionFsm::on_update_frame(ByteView body) {
  if (!is_open()) return refuse(Reason::bad_frame, "say Hello before Update");
  action::ChangeTags result;
  if (const wire::Code code = wire::decode(body, result.update); code != wire::Code::ok) {
    return refuse(code);
  }
  return result;
}

Action SessionFsm::on_conditions_frame(ByteView body) {
  if (!is_open()) return refuse(Reason::bad_frame, "say Hello before Conditions");
  wire::Conditions frame;
  if (const wire::Code code = wire::decode(body, frame); code != wire::Code::ok) {
    return refuse(code);
  }
  return action::ChangeConditions{frame.conditions};
}

Action SessionFsm::refuse(Reason reason, std::string_view text) {
  state_ = State::closed;
  return action::Refuse{reason, text};
}

Action SessionFsm::refuse(wire::Code code) {
  if (code == wire::Code::too_large) {
    return refuse(Reason::too_large, "a list or a text in this frame is over its limit");
  }
  return refuse(Reason::bad_frame, "the body of this frame is not what its type asks for");
}

bool SessionFsm::over_rate(uint32_t now_s) {
  const auto second = static_cast<uint16_t>(now_s);
  if (second != second_) {
    second_ = second;
    frames_this_s_ = 0;
  }
  if (frames_this_s_ >= limits::device_frames_per_s_max) return true;
  ++frames_this_s_;
  return false;
}

}  // namespace tocsin::gateway
