#include "dispatcher/manage/webhook_settings.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "base/hex.h"
#include "base/limits.h"
#include "runtime/http/http_poster.h"
#include "runtime/tls/key_material.h"

namespace tocsin::dispatcher {
namespace {

// "" when it is valid.
std::string fault_of_url(const std::string& text, bool allow_loopback) {
  const auto url =
      text.size() <= limits::webhook_url_bytes_max ? runtime::parse_http_url(text) : std::nullopt;
  if (!url) {
    return fmt::format("must be https://HOST[:PORT]/PATH of at most {} bytes",
                       limits::webhook_url_bytes_max);
  }
  const bool on_this_machine = runtime::is_loopback_host(url->host);
  if (!url->tls && !on_this_machine) return "http:// is only for this machine: use https://";
  const std::string address = url->host == "localhost" ? "127.0.0.1" : url->host;
  if (!runtime::is_address(address)) return {};  // a name: its address is checked when connecting
  const std::string refusal = runtime::refusal_of_address(address, url->tls, allow_loopback);
  return refusal.empty() ? std::string() : fmt::format("the address {} {}", url->host, refusal);
}

bool is_secret(const std::string& text) {
  return text.size() >= limits::webhook_secret_bytes_min &&
         text.size() <= limits::webhook_secret_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string make_secret() {
  std::array<uint8_t, 32> secret;
  runtime::random_bytes(secret);
  return "whsec_" + to_hex(secret);
}

}  // namespace

void check_webhook(const v1::AppSettings& wanted, bool allow_loopback, FieldFaults& faults) {
  const std::string& secret = wanted.webhook_secret();
  if (wanted.webhook_url().empty()) {
    if (!secret.empty()) faults.add("settings.webhook_secret", "needs webhook_url");
    return;
  }
  const std::string fault = fault_of_url(wanted.webhook_url(), allow_loopback);
  if (!fault.empty()) faults.add("settings.webhook_url", fault);
  if (!secret.empty() && !is_secret(secret)) {
    faults.add("settings.webhook_secret",
               fmt::format("give {} to {} printable characters", limits::webhook_secret_bytes_min,
                           limits::webhook_secret_bytes_max));
  }
}

WebhookSecret webhook_secret_for(const v1::AppSettings& wanted, const std::string& current) {
  if (wanted.webhook_url().empty()) return {};
  if (!wanted.webhook_secret().empty()) return {wanted.webhook_secret(), false};
  if (!current.empty()) return {current, false};
  return {make_secret(), true};
}

}  // namespace tocsin::dispatcher
