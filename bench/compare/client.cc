#include "compare/client.h"

#include <utility>

#include "base/check.h"

namespace tocsin::compare {

void Client::close() {
  socket_.close();
  handshake_.reset();
  unheard_.reset();
  state_ = State::closed;
}

absl::Status Client::open(const sockaddr_in& address, Speaker& speaker, uint32_t token,
                          Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::closed && !socket_.is_open());
  speaker_ = &speaker;
  state_ = State::connecting;
  drill::SealedSocket::Opening how;
  how.token = token;
  return socket_.connect(address, how, workspace);
}

absl::Status Client::on_ready(const runtime::TlsContext& tls, Workspace& workspace) {
  workspace.events.clear();
  if (state_ == State::closed) return absl::OkStatus();
  if (state_ == State::connecting) return on_connected(tls, workspace);
  if (const absl::Status sent = socket_.flush(workspace); !sent.ok()) return sent;
  const absl::StatusOr<MutableBytes> in = socket_.receive(workspace);
  if (!in.ok()) return in.status();
  if (state_ == State::greeting) return on_greeting(*in, tls, workspace);
  if (state_ == State::handshaking) return advance_handshake(*in, workspace);
  return take_records(*in, workspace);
}

absl::Status Client::on_connected(const runtime::TlsContext& tls, Workspace& workspace) {
  if (const absl::Status reached = socket_.finish_connect(workspace); !reached.ok()) return reached;
  if (!speaker_->is_greeted_in_clear()) return begin_handshake(tls, workspace);
  state_ = State::greeting;
  return absl::OkStatus();
}

absl::Status Client::begin_handshake(const runtime::TlsContext& tls, Workspace& workspace) {
  handshake_ = std::make_unique<PeerHandshake>(tls);
  state_ = State::handshaking;
  return advance_handshake({}, workspace);
}

absl::Status Client::advance_handshake(ByteView in, Workspace& workspace) {
  workspace.sealed.clear();
  const PeerHandshake::Step step = handshake_->feed(in, workspace.sealed);
  const absl::Status sent = socket_.send_raw(workspace.sealed, workspace);
  if (step == PeerHandshake::Step::failed) return handshake_->error();
  if (!sent.ok() || step == PeerHandshake::Step::more) return sent;
  Bytes early_input;
  absl::StatusOr<wire::TlsSession> session = handshake_->detach(early_input);
  if (!session.ok()) return session.status();
  handshake_.reset();
  socket_.take_over(*std::move(session));
  state_ = State::speaking;
  workspace.spoken.clear();
  speaker_->start(workspace.spoken);
  if (const absl::Status started = send(workspace.spoken, workspace); !started.ok()) return started;
  return take_records(early_input, workspace);
}

absl::Status Client::on_greeting(ByteView in, const runtime::TlsContext& tls,
                                 Workspace& workspace) {
  workspace.spoken.clear();
  const Fed fed = speaker_->feed(in, workspace.spoken, workspace.events);
  if (!fed.error.empty()) return absl::DataLossError(fed.error);
  const ByteView rest = in.subspan(fed.used);
  if (!workspace.events.start_tls) {
    socket_.keep(rest);
    return absl::OkStatus();
  }
  if (!rest.empty()) return absl::DataLossError("the server spoke on after its greeting");
  return begin_handshake(tls, workspace);
}

absl::Status Client::take_records(MutableBytes in, Workspace& workspace) {
  workspace.plaintext.clear();
  if (unheard_ != nullptr) workspace.plaintext.swap(*unheard_);
  unheard_.reset();
  if (const absl::Status opened = socket_.open_records(in, workspace); !opened.ok()) return opened;
  return speak(workspace);
}

absl::Status Client::speak(Workspace& workspace) {
  workspace.spoken.clear();
  const ByteView plaintext = workspace.plaintext;
  const Fed fed = speaker_->feed(plaintext, workspace.spoken, workspace.events);
  if (!fed.error.empty()) return absl::DataLossError(fed.error);
  const ByteView rest = plaintext.subspan(fed.used);
  if (!rest.empty()) unheard_ = std::make_unique<Bytes>(rest.begin(), rest.end());
  if (workspace.events.ready && state_ == State::speaking) state_ = State::ready;
  return send(workspace.spoken, workspace);
}

absl::Status Client::send(ByteView data, Workspace& workspace) {
  return socket_.send(data, workspace);
}

}  // namespace tocsin::compare
