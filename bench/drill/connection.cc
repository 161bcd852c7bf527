#include "drill/connection.h"

#include <utility>

#include "base/check.h"
#include "drill/fleet_plan.h"

namespace tocsin::drill {

absl::Status Connection::open(const Target& target, const Opening& opening, Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::closed && !socket_.is_open());
  state_ = State::connecting;
  number_ = opening.number;
  SealedSocket::Opening how;
  how.token = opening.token;
  if (target.spread_sources) how.source = source_of(number_);
  how.narrow = opening.narrow;
  return socket_.connect(target.address, how, workspace);
}

absl::Status Connection::on_ready(Target& target, Workspace& workspace) {
  if (state_ == State::closed) return absl::OkStatus();
  if (state_ == State::connecting) return begin_handshake(target, workspace);
  if (const absl::Status sent = socket_.flush(workspace); !sent.ok()) return sent;
  const absl::StatusOr<MutableBytes> in = socket_.receive(workspace);
  if (!in.ok()) return in.status();
  return state_ == State::handshaking ? advance_handshake(*in, workspace)
                                      : socket_.open_records(*in, workspace);
}

absl::Status Connection::begin_handshake(Target& target, Workspace& workspace) {
  if (const absl::Status reached = socket_.finish_connect(workspace); !reached.ok()) return reached;
  handshake_ = std::make_unique<ClientHandshake>(target, number_);
  state_ = State::handshaking;
  return advance_handshake({}, workspace);
}

absl::Status Connection::advance_handshake(ByteView in, Workspace& workspace) {
  workspace.sealed.clear();
  const ClientHandshake::Step step = handshake_->feed(in, workspace.sealed);
  const absl::Status sent = socket_.send_raw(workspace.sealed, workspace);
  if (step == ClientHandshake::Step::failed) return handshake_->error();
  if (!sent.ok() || step == ClientHandshake::Step::more) return sent;
  absl::StatusOr<runtime::Detached> left = handshake_->detach(workspace.engine);
  if (!left.ok()) return left.status();
  handshake_.reset();
  socket_.take_over(std::move(left->session));
  workspace.exporter = left->exporter;
  resumed_ = left->resumed;
  state_ = State::established;
  return socket_.open_records(left->early_input, workspace);
}

absl::Status Connection::send(ByteView data, Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::established);
  return socket_.send(data, workspace);
}

void Connection::close(Workspace& workspace) {
  if (state_ == State::established) socket_.say_goodbye(workspace);
  socket_.close();
  handshake_.reset();
  state_ = State::closed;
}

}  // namespace tocsin::drill
