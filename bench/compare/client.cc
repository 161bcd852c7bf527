#include "compare/client.h"

#include "compare/peer_handshake.h"
#include "harness/try.h"

namespace tocsin::compare {

using State = harness::Connection::State;

absl::Status Client::open(const sockaddr_in& address, Speaker& speaker, uint32_t token,
                          Workspace& workspace) {
  speaker_ = &speaker;
  harness::SealedSocket::Opening how;
  how.token = token;
  return connection_.open(address, how, speaker.is_greeted_in_clear(), workspace);
}

absl::Status Client::on_ready(const runtime::TlsContext& tls, Workspace& workspace) {
  const auto make = [&tls] { return std::make_unique<PeerHandshake>(tls); };
  workspace.events.clear();
  workspace.plaintext.clear();
  if (unheard_ != nullptr) workspace.plaintext.swap(*unheard_);
  unheard_.reset();
  TOCSIN_TRY(connection_.on_ready(make, workspace));
  if (connection_.state() == State::in_clear) {
    TOCSIN_TRY(speak(workspace));
    if (!workspace.events.start_tls) return absl::OkStatus();
    if (unheard_ == nullptr) return connection_.start_tls(make, workspace);
    return absl::DataLossError("the server spoke on after its greeting");
  }
  if (connection_.state() != State::established) return absl::OkStatus();
  if (!has_started_) {
    has_started_ = true;
    workspace.spoken.clear();
    speaker_->start(workspace.spoken);
    TOCSIN_TRY(send(workspace.spoken, workspace));
  }
  TOCSIN_TRY(speak(workspace));
  is_ready_ = is_ready_ || workspace.events.ready;
  return send(workspace.spoken, workspace);
}

// Let the speaker take what has come.
absl::Status Client::speak(Workspace& workspace) {
  workspace.spoken.clear();
  const ByteView plaintext = workspace.plaintext;
  const Fed fed = speaker_->feed(plaintext, workspace.spoken, workspace.events);
  if (!fed.error.empty()) return absl::DataLossError(fed.error);
  const ByteView rest = plaintext.subspan(fed.used);
  if (!rest.empty()) unheard_ = std::make_unique<Bytes>(rest.begin(), rest.end());
  return absl::OkStatus();
}

}  // namespace tocsin::compare
