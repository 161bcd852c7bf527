#include "harness/client/connection.h"

#include "base/check.h"
#include "harness/try.h"

namespace tocsin::harness {

absl::Status Connection::open(const sockaddr_in& address, const SealedSocket::Opening& opening,
                              bool is_greeted, Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::closed && !socket_.is_open());
  state_ = State::connecting;
  is_greeted_ = is_greeted;
  return socket_.connect(address, opening, workspace);
}

absl::Status Connection::on_ready(MakeHandshake make, Workspace& workspace) {
  if (state_ == State::closed) return absl::OkStatus();
  if (state_ == State::connecting) {
    TOCSIN_TRY(socket_.finish_connect(workspace));
    state_ = State::in_clear;
    return is_greeted_ ? absl::OkStatus() : start_tls(make, workspace);
  }
  TOCSIN_TRY(socket_.flush(workspace));
  TOCSIN_TAKE(const MutableBytes in, socket_.receive(workspace));
  if (state_ == State::established) return socket_.open_records(in, workspace);
  if (state_ == State::handshaking) return advance_handshake(in, workspace);
  append(workspace.plaintext, in);
  return absl::OkStatus();
}

absl::Status Connection::start_tls(MakeHandshake make, Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::in_clear);
  handshake_ = make();
  state_ = State::handshaking;
  return advance_handshake({}, workspace);
}

absl::Status Connection::advance_handshake(ByteView in, Workspace& workspace) {
  workspace.sealed.clear();
  const ClientHandshake::Step step = handshake_->feed(in, workspace.sealed);
  const absl::Status sent = socket_.send_raw(workspace.sealed, workspace);
  if (step == ClientHandshake::Step::failed) return handshake_->error();
  if (!sent.ok() || step == ClientHandshake::Step::more) return sent;
  TOCSIN_TAKE(runtime::Detached left, handshake_->detach(workspace.engine));
  handshake_.reset();
  socket_.take_over(std::move(left.session));
  workspace.exporter = left.exporter;
  resumed_ = left.resumed;
  state_ = State::established;
  return socket_.open_records(left.early_input, workspace);
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

}  // namespace tocsin::harness
