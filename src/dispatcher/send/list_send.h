// ListSend: one message to a list of device ids of any length, which comes in pieces.
//
//   begin() --> add(), add(), ... --> finish() --> answered like any send
//                      \--- destroyed, or a bad id: nothing is sent, and the list is forgotten
//
// The ids go to the log as they come, in bundles, into an uploaded audience of their own that
// nobody sees; finish() sends to that audience and then removes it. So a list costs no memory here,
// storage fixes which devices are meant as for any other cast, and a server that dies in the middle
// has sent nothing. Ids that are not devices of the app are left out.
//
// Thread: the dispatcher's shard.
// Bound: list_ids_max ids; bundles_under_way_max bundles of bundle_ids at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>

#include "base/ids.h"
#include "dispatcher/reply/audience_names.h"
#include "dispatcher/reply/caller.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/sends.h"
#include "runtime/tls/key_material.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// Forget a list that was sent, or that a server left behind when it died.
void forget_list(const Services& services, AppId app, const std::string& name);

class ListSend : public std::enable_shared_from_this<ListSend> {
 public:
  static constexpr size_t bundle_ids = 4096;

  ListSend(Services services, Sends& sends) : services_(std::move(services)), sends_(sends) {}
  ~ListSend();  // forgets a list that was not finished
  ListSend(const ListSend&) = delete;
  ListSend& operator=(const ListSend&) = delete;

  // The message, without a target. INVALID_ARGUMENT or PERMISSION_DENIED as for a send.
  absl::Status begin(const Caller& caller, v1::SendRequest request);
  bool has_begun() const { return app_.value != 0; }
  // One more id, 32 hexadecimal digits.
  absl::Status add(std::string_view id);
  // Run `more` when there is room for further ids: at once, or when the log has taken some.
  void when_welcome(absl::AnyInvocable<void()> more);
  // All ids were added: send. `caller` as in begin(), but looked up again.
  void finish(const Caller& caller, Reply reply);

 private:
  void flush();
  void on_bundle(const absl::Status& status);
  void send_if_complete();

  Services services_;
  Sends& sends_;
  AppId app_{};
  std::string app_name_;
  std::string name_;  // of the audience
  v1::SendRequest request_;
  std::vector<DeviceId> bundle_;
  runtime::Sha256 digest_{};  // of all bundles so far
  size_t ids_ = 0;
  size_t under_way_ = 0;
  absl::Status refusal_;
  absl::AnyInvocable<void()> more_;
  absl::AnyInvocable<void()> complete_;  // set by finish()
  bool any_appended_ = false;
};

}  // namespace tocsin::dispatcher
