#include "gateway/device_auth.h"

#include <algorithm>

#include "wire/tag.h"

namespace tocsin::gateway {
namespace {
using Reason = wire::Error::Reason;

constexpr Verdict unknown_app{Reason::unknown_app,
                              "no such app, or not its registration key: see `tocsin app create`"};

}  // namespace

bool are_tags(const wire::TagList& tags) {
  return std::all_of(tags.begin(), tags.end(), wire::is_tag);
}

Verdict judge_register(const wire::Register& request, const cluster::AppTable& apps,
                       const cluster::AppConfig** app) {
  *app = apps.find(std::string(request.app));
  if (*app == nullptr) return unknown_app;
  if (!equal_constant_time((*app)->registration_key, request.registration_key)) return unknown_app;
  if (!are_tags(request.tags)) {
    return {Reason::bad_argument, "a tag is 1 to 64 bytes of letters, digits, _ . : -"};
  }
  return {};
}

Verdict judge_hello(const wire::Hello& hello, const wire::Exporter& exporter,
                    const cluster::AppTable& apps) {
  const cluster::AppConfig* app = apps.find(hello.app);
  if (app == nullptr) return unknown_app;
  if (hello.key_epoch != app->key_epoch) {
    return {Reason::expired, "this device secret has expired: register again"};
  }
  wire::Secret secret =
      wire::derive_device_secret(app->device_master_secret, hello.device, hello.key_epoch);
  const wire::HelloMac expected =
      wire::hello_mac(secret, exporter, hello.app, hello.key_epoch, hello.device);
  cleanse(secret);
  if (!equal_constant_time(expected, hello.mac)) {
    return {Reason::unauthenticated, "the mac does not fit this device and connection"};
  }
  return {};
}

}  // namespace tocsin::gateway
