#include "drill/fleet/device.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "sdk_client/include/tocsin_client.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::bench::drill {

using sdk_client::ClientActions;
using sdk_client::ClientState;

Device::Phase Device::phase() const {
  switch (fsm_.state()) {
    case ClientState::idle:
    case ClientState::waiting:
      return Phase::waiting;
    case ClientState::connecting:
      return Phase::shaking;
    case ClientState::registering:
    case ClientState::opening:
      return Phase::opening;
    case ClientState::live:
      return Phase::live;
    default:
      return Phase::given_up;
  }
}

void Device::on_tick(const DeviceSurroundings& around) {
  around.workspace.actions.clear();
  fsm_.on_tick(around.now_ms, around.workspace.actions);
  obey(around);
}

void Device::on_ready(const DeviceSurroundings& around) {
  DeviceWorkspace& workspace = around.workspace;
  const bool was_established = connection_.state() == Connection::State::established;
  const absl::Status status = connection_.on_ready(
      [&] { return std::make_unique<DeviceHandshake>(around.target, number_); }, workspace);
  if (!was_established && connection_.state() == Connection::State::established) {
    workspace.actions.clear();
    fsm_.on_connected(workspace.exporter, around.now_ms, workspace.actions);
    obey(around);
  }
  if (!workspace.plaintext.empty()) take_plaintext(around);
  if (!status.ok()) lose(status, around);
  if (fsm_.state() == ClientState::live && fsm_.next_tick_ms() <= around.now_ms) on_tick(around);
}

void Device::take_plaintext(const DeviceSurroundings& around) {
  const uint64_t now_ns = monotonic_ns();
  // Out of the workspace, because obeying an action may use it again.
  Bytes plaintext;
  plaintext.swap(around.workspace.plaintext);
  ByteView rest = plaintext;
  ClientActions& actions = around.workspace.actions;
  while (!rest.empty()) {
    actions.clear();
    const size_t used = fsm_.on_bytes(rest, around.now_ms, actions);
    const bool is_push = used > 0 && rest[0] == static_cast<uint8_t>(wire::FrameType::push);
    if (is_push) record_push(rest.first(used), actions.deliver, now_ns, around);
    obey(around);
    if (used == 0) break;
    rest = rest.subspan(used);
  }
  if (connection_.state() == Connection::State::established) connection_.hold_back(rest);
  plaintext.clear();
  plaintext.swap(around.workspace.plaintext);
}

// A duplicate is dropped by the machine, so what was on the wire is read here a second time.
void Device::record_push(ByteView frame, bool to_app, uint64_t now_ns,
                         const DeviceSurroundings& around) const {
  wire::FrameView view;
  size_t used = 0;
  wire::Push& push = around.workspace.actions.push;
  if (!to_app && (wire::read_frame(frame, frame.size(), view, used) != wire::Code::ok ||
                  wire::decode(view.body, push) != wire::Code::ok)) {
    return;
  }
  around.recorder.on_push(number_, push.title, to_app, now_ns);
}

void Device::obey(const DeviceSurroundings& around) {
  const ClientActions& actions = around.workspace.actions;
  const bool is_connected = connection_.state() == Connection::State::established;
  absl::Status status;
  if (actions.send_bytes > 0 && is_connected) {
    status = connection_.send(actions.to_send(), around.workspace);
  }
  if (actions.close) {
    const char* text = tocsin_trouble_text(static_cast<tocsin_trouble>(fsm_.trouble()));
    return close(around, actions.error_text.empty()
                             ? text
                             : fmt::format("{}: {}", text, actions.error_text));
  }
  if (actions.connect) status = open(around);
  if (!status.ok()) lose(status, around);
}

absl::Status Device::open(const DeviceSurroundings& around) {
  Connection::Opening how{token_, false, {}, is_narrow_};
  if (around.target.spread_sources) how.source = source_of(number_);
  return connection_.open(around.target.address, how, around.workspace);
}

void Device::lose(const absl::Status& why, const DeviceSurroundings& around) {
  if (connection_.state() == Connection::State::closed) return;  // the machine has ended it already
  close(around, std::string(why.message()));
  around.workspace.actions.clear();
  fsm_.on_closed(around.now_ms, around.workspace.actions);
}

void Device::close(const DeviceSurroundings& around, std::string trouble) {
  around.workspace.trouble = std::move(trouble);
  connection_.close(around.workspace);
}

}  // namespace tocsin::bench::drill
