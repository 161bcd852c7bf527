// The gateway's side of the device protocol, fed with arbitrary bytes as a device could send them.
//
// The first byte chooses how verdicts fall; the rest is the decrypted stream. Whatever comes, the
// machine must stay within its drawn states, never act again after a refusal, and never read
// outside its input (the sanitizers watch that).
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "gateway/session_fsm.h"

namespace tocsin::gateway {
namespace {

// Obey `action` as sessions.cc would; false when the connection is to be closed.
bool obey(const Action& action, SessionFsm& fsm, bool accepts) {
  if (std::holds_alternative<action::Refuse>(action)) {
    TOCSIN_CHECK(fsm.state() == SessionFsm::State::closed);
    TOCSIN_CHECK(!std::get<action::Refuse>(action).text.empty());
    return false;
  }
  if (std::holds_alternative<action::Register>(action)) {
    TOCSIN_CHECK(fsm.state() == SessionFsm::State::registering);
    if (accepts) fsm.on_registered();
    return accepts;
  }
  if (std::holds_alternative<action::VerifyHello>(action)) {
    TOCSIN_CHECK(fsm.state() == SessionFsm::State::verifying);
    if (!accepts) return false;
    fsm.on_verified();
    fsm.on_granted();
    return true;
  }
  if (std::holds_alternative<action::Nothing>(action)) return true;
  TOCSIN_CHECK(fsm.is_open());
  return true;
}

void run(ByteView input) {
  if (input.size() < 1 + wire::preface.size()) return;
  const bool accepts = input[0] & 1;
  const uint32_t seconds_apart = input[0] >> 7;
  ByteView stream = input.subspan(1);
  SessionFsm fsm;
  if (!obey(fsm.on_preface(stream.first(wire::preface.size())), fsm, accepts)) return;
  stream = stream.subspan(wire::preface.size());
  for (uint32_t frames = 0;; ++frames) {
    wire::FrameView frame;
    size_t used = 0;
    if (wire::read_frame(stream, limits::device_frame_bytes_max, frame, used) != wire::Code::ok) {
      return;
    }
    TOCSIN_CHECK(used > 0 && used <= stream.size());
    stream = stream.subspan(used);
    if (!obey(fsm.on_frame(frame, frames * seconds_apart), fsm, accepts)) return;
  }
}

}  // namespace
}  // namespace tocsin::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tocsin::gateway::run({data, size});
  return 0;
}
