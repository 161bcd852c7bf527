#include "dispatcher/manage/webhook_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tocsin::dispatcher {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

v1::AppSettings settings(const std::string& url, const std::string& secret = {}) {
  v1::AppSettings settings;
  settings.set_webhook_url(url);
  settings.set_webhook_secret(secret);
  return settings;
}

std::string fault(const v1::AppSettings& settings, bool allow_loopback = true) {
  FieldFaults faults;
  check_webhook(settings, allow_loopback, faults);
  return std::string(faults.status().message());
}

TEST(WebhookSettings, WhatIsWellIsTaken) {
  EXPECT_EQ(fault(settings("")), "");
  EXPECT_EQ(fault(settings("https://example.org/hook")), "");
  EXPECT_EQ(fault(settings("https://10.0.0.1:8443/hook", "0123456789abcdef"), false), "");
  EXPECT_EQ(fault(settings("http://127.0.0.1:8080/")), "");
  EXPECT_EQ(fault(settings("http://localhost/")), "");
}

TEST(WebhookSettings, AUrlThatIsNoneOrLeadsAstrayIsRefused) {
  for (const char* url : {"example.org", "ftp://example.org/", "https://me:pw@example.org/"}) {
    EXPECT_THAT(fault(settings(url)), HasSubstr("settings.webhook_url: must be https://")) << url;
  }
  const std::string room(limits::webhook_url_bytes_max - 20, 'a');
  EXPECT_EQ(fault(settings("https://example.org/" + room)), "");
  EXPECT_THAT(fault(settings("https://example.org/" + room + "a")), HasSubstr("of at most"));
  EXPECT_THAT(fault(settings("http://example.org/")), HasSubstr("use https://"));
  EXPECT_THAT(fault(settings("http://10.0.0.1/")), HasSubstr("use https://"));
  EXPECT_THAT(fault(settings("https://169.254.169.254/")), HasSubstr("is link-local"));
  EXPECT_THAT(fault(settings("https://127.0.0.1/"), false), HasSubstr("webhook_loopback is off"));
  EXPECT_THAT(fault(settings("http://localhost/"), false), HasSubstr("webhook_loopback is off"));
}

TEST(WebhookSettings, ASecretHasALengthAndAWebhook) {
  EXPECT_THAT(fault(settings("", "0123456789abcdef")), HasSubstr("needs webhook_url"));
  EXPECT_THAT(fault(settings("https://example.org/", "short")), HasSubstr("give 16 to 128"));
  EXPECT_THAT(fault(settings("https://example.org/", "0123456789 abcdef")),
              HasSubstr("printable characters"));
  EXPECT_THAT(fault(settings("https://example.org/", std::string(129, 'x'))),
              HasSubstr("give 16 to 128"));
}

TEST(WebhookSettings, ASecretIsKeptReplacedOrMadeUp) {
  EXPECT_EQ(webhook_secret_for(settings(""), "old").text, "");
  EXPECT_EQ(webhook_secret_for(settings("https://a/"), "old").text, "old");
  EXPECT_FALSE(webhook_secret_for(settings("https://a/"), "old").is_new);
  EXPECT_EQ(webhook_secret_for(settings("https://a/", "given"), "old").text, "given");
  const WebhookSecret one = webhook_secret_for(settings("https://a/"), "");
  EXPECT_TRUE(one.is_new);
  EXPECT_THAT(one.text, StartsWith("whsec_"));
  EXPECT_EQ(one.text.size(), 6u + 64u);
  EXPECT_NE(one.text, webhook_secret_for(settings("https://a/"), "").text);
}

}  // namespace
}  // namespace tocsin::dispatcher
