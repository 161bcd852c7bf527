#include "drill/device.h"

#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "drill/fleet_plan.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::drill {

using sdk_client::ClientActions;
using sdk_client::ClientState;
using sdk_client::Trouble;

namespace {

const char* name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::none:
      return "none";
    case Trouble::unreachable:
      return "unreachable";
    case Trouble::lost:
      return "lost";
    case Trouble::no_answer:
      return "no answer in time";
    case Trouble::bad_server:
      return "not this protocol";
    case Trouble::going_away:
      return "the server goes away";
    case Trouble::replaced:
      return "replaced by another connection";
    case Trouble::slow:
      return "did not read";
    case Trouble::idle:
      return "no heartbeat";
    case Trouble::unknown_app:
      return "unknown app";
    case Trouble::unauthenticated:
      return "unauthenticated";
    case Trouble::expired:
      return "key expired";
    case Trouble::unknown_device:
      return "unknown device";
    case Trouble::bad_argument:
      return "bad argument";
    case Trouble::unavailable:
      return "unavailable";
    case Trouble::too_many_requests:
      return "too many requests";
    case Trouble::refused:
      return "refused";
    case Trouble::too_large:
      return "too large";
  }
  return "unknown";
}

}  // namespace

Device::Device(uint32_t number, uint32_t token, const sdk_client::ClientOptions& options,
               std::span<MessageId> window, const sdk_client::ClientIdentity& identity,
               uint64_t seed)
    : fsm_(options, window, identity, seed), number_(number), token_(token) {}

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
    case ClientState::given_up:
    case ClientState::closed:
      return Phase::given_up;
  }
  return Phase::given_up;
}

void Device::on_tick(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble) {
  around.workspace.actions.clear();
  fsm_.on_tick(now_ms, around.workspace.actions);
  obey(now_ms, around, trouble);
}

void Device::on_ready(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble) {
  Workspace& workspace = around.workspace;
  workspace.plaintext.clear();
  if (unread_ != nullptr) {
    workspace.plaintext = std::move(*unread_);
    unread_.reset();
  }
  const bool was_established = connection_.state() == Connection::State::established;
  const absl::Status status = connection_.on_ready(around.target, workspace);
  if (!was_established && connection_.state() == Connection::State::established) {
    workspace.actions.clear();
    fsm_.on_connected(workspace.exporter, now_ms, workspace.actions);
    obey(now_ms, around, trouble);
  }
  if (!workspace.plaintext.empty()) take_plaintext(now_ms, around, trouble);
  if (!status.ok()) lose(status, now_ms, around, trouble);
  if (fsm_.state() == ClientState::live && fsm_.next_tick_ms() <= now_ms) {
    on_tick(now_ms, around, trouble);
  }
}

void Device::take_plaintext(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble) {
  const uint64_t now_ns = monotonic_ns();
  // Out of the workspace, because obeying an action may use it again.
  Bytes plaintext;
  plaintext.swap(around.workspace.plaintext);
  ByteView rest = plaintext;
  ClientActions& actions = around.workspace.actions;
  while (!rest.empty()) {
    actions.clear();
    const size_t used = fsm_.on_bytes(rest, now_ms, actions);
    const bool is_push = used > 0 && rest[0] == static_cast<uint8_t>(wire::FrameType::push);
    if (is_push) record_push(rest.first(used), actions.deliver, now_ns, around);
    obey(now_ms, around, trouble);
    if (used == 0) break;
    rest = rest.subspan(used);
  }
  const bool is_connected = connection_.state() == Connection::State::established;
  if (!rest.empty() && is_connected) unread_ = std::make_unique<Bytes>(rest.begin(), rest.end());
  plaintext.clear();
  plaintext.swap(around.workspace.plaintext);
}

// A duplicate is dropped by the machine, so what was on the wire is read here a second time.
void Device::record_push(ByteView frame, bool to_app, uint64_t now_ns,
                         DeviceSurroundings& around) const {
  wire::FrameView view;
  size_t used = 0;
  wire::Push& push = around.workspace.actions.push;
  if (!to_app) {
    if (wire::read_frame(frame, frame.size(), view, used) != wire::Code::ok) return;
    if (wire::decode(view.body, push) != wire::Code::ok) return;
  }
  around.recorder.on_push(number_, push.title, to_app, now_ns);
}

void Device::obey(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble) {
  ClientActions& actions = around.workspace.actions;
  const bool is_connected = connection_.state() == Connection::State::established;
  absl::Status status;
  if (actions.send_bytes > 0 && is_connected) {
    status = connection_.send(actions.to_send(), around.workspace);
  }
  if (actions.close) {
    trouble = fmt::format("{}{}{}", name_of(fsm_.trouble()), actions.error_text.empty() ? "" : ": ",
                          actions.error_text);
    connection_.close(around.workspace);
    unread_.reset();
    return;
  }
  if (actions.connect) {
    status = connection_.open(around.target, {number_, token_, is_narrow_}, around.workspace);
  }
  if (!status.ok()) lose(status, now_ms, around, trouble);
}

void Device::lose(const absl::Status& why, uint64_t now_ms, DeviceSurroundings& around,
                  std::string& trouble) {
  if (connection_.state() == Connection::State::closed) return;  // the machine has ended it already
  trouble = std::string(why.message());
  connection_.close(around.workspace);
  unread_.reset();
  around.workspace.actions.clear();
  fsm_.on_closed(now_ms, around.workspace.actions);
}

}  // namespace tocsin::drill
