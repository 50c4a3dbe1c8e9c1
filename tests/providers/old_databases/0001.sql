BEGIN TRANSACTION;
CREATE TABLE elaas_accounts (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	agency_code TEXT NOT NULL, 
	agency_name TEXT NOT NULL, 
	province TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	username_index TEXT NOT NULL, 
	username_sealed TEXT NOT NULL, 
	password_hash TEXT NOT NULL, 
	password_is_issued BOOLEAN NOT NULL, 
	password_expires_at DATETIME, 
	credential_version INTEGER NOT NULL, 
	first_use BOOLEAN NOT NULL, 
	expected_person_index TEXT, 
	expected_person_sealed TEXT, 
	contact_sealed TEXT, 
	binding_id TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_accounts" VALUES('019245b2d1c0b16a5b5866df2735bd05',2,1,2,'active','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.YH9ZXwGV3OdSHtVsDclzYr1yQRS7JJ8ia9FlRqlyIuA','k1.CyDboaXNTU8WoNeA11jnVr0a12QfFFGVQw_IpBo','$argon2id$v=19$m=8,t=1,p=1$MOQDdFipkFyth71Md+KYPw$qhHZtMSFb8VejPVTe5+/gUjM9zdCRE3S1xwWHhZaxY0',0,NULL,2,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.nljNSrjTWpteBUQRpNGICBvDOKCpmE1A1jGabx-w',NULL,'019245b2d1c0b15928f05fd9cb92e3f7','2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245bbf9804399a5e7013b4e8336d4',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.3DPpZmEPugdv_cTFqFMYfPJqa5kFs47BqDal3pJ1660','k1.I-GCDAf62lVXGxE8eidjzUsTLmIo-ovCG5TwGdw','$argon2id$v=19$m=8,t=1,p=1$IUdzhgbyv37HAgngzQXuVw$dfRELrRadFdXDYvlzHbZHQimQXbi5Nlx91y3LDnXOhc',1,'2024-12-30 01:40:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.dvgQAxmEGX9YNG57s1-OAD185YYHvsiHqBpBv48U',NULL,NULL,'2024-10-01 01:40:00.000000','2024-10-01 01:40:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245bbf98008163f6f358a3560412c',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.chb3n7z6ZoaI6W-THCGuYj1DOBRy_Eh_7GcpR_MFvxk','k1.baPQc4VNFh8B1f66hgI0dgrGC5odTujkLzJ1LBY','$argon2id$v=19$m=8,t=1,p=1$l3wJCvThRvbQMRCrhu/eEw$d8rXBYjYd/vhnuiG9D1AGnG98gx2xhio0lmjpeBElL0',1,'2024-12-30 01:40:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.I4nNnd7PcfjsRL6E4GcO2UIdqvBufI2tT2etKvHE',NULL,NULL,'2024-10-01 01:40:00.000000','2024-10-01 01:40:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245bbf980da8521c3a05767f34dcd',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.2TdTo-Mo1G0x18OlkTcd29gyNRsE0zAp8iSCeUGYYe0','k1.HJ2CER-6MWD1zYQnOEu2qcXkjlTfO5Im5cX1wHA','$argon2id$v=19$m=8,t=1,p=1$palp0nCDFXKvQNtIUut0tw$7TyMxxHqMtGx8zIt8UpcSN12fvXV3RrYgL+RApocRgs',1,'2024-12-30 01:40:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.ssfnyPMwUVzMyNHqwg_ijh-hJi21AsDdZvpXrHmj',NULL,NULL,'2024-10-01 01:40:00.000000','2024-10-01 01:40:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245bbf98063b832ccaaff384d09a7',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.3tt_XqGaLPYIBjDDUAqXI2TsTUFjTZ46Z5ysBDnibXw','k1.3nHrfXrXPWaJoJAX4ztIuK1_xuGsnt3EJRqMgD8','$argon2id$v=19$m=8,t=1,p=1$QG3YWyTwxq4FdlriyZlkYQ$VGiF8PTlau9e5WEgQTTmIpN6SxYbSUra9ft2jfVqi7s',1,'2024-12-30 01:40:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.yjbNpvMwKQrfewvOul5BGRNq3gbdj4n0kd-igmMI',NULL,NULL,'2024-10-01 01:40:00.000000','2024-10-01 01:40:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245bbf980e792b318d1039a43b0d2',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.E0ME6-zWQXCHA2YpE7AQ1pxrE9rX5DRgcfWvrQTru3A','k1.ZCDTnz93taN1Kqw3gT7lhTdI57roOtK5eFrto0U','$argon2id$v=19$m=8,t=1,p=1$MezMcKWzjCn5QiQclcENVw$OiGMrcmbNv6gPY6S86U8efybxJj+qj6TdOVj0XJSBmI',1,'2024-12-30 01:40:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.R4rbG2RZO3ZtdAQjb5xENoW0cFm9vsTzTPmHvTq_',NULL,NULL,'2024-10-01 01:40:00.000000','2024-10-01 01:40:00.000000');
CREATE TABLE elaas_attempts (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	flow_id TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	consumed_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_attempts" VALUES('X74aG8tiAlFgi8ooN-E-KCQlCPy_VhBT6FBWfEwhNXE',2,1,'019245b2d1c06a462d3c9235bef87af7','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_attempts" VALUES('5GM_-SG10MYjI-sJ6vjTk_4tuGHz9bh885Jzyuwkf9U',1,1,'019245bbf98085604a10ba09eb4ee1d0','2024-10-01 01:40:00.000000','2024-10-01 01:55:00.000000',NULL);
INSERT INTO "elaas_attempts" VALUES('wAgBGN0u0Q6vpana8d8tofHXnrHC3qQt1nxOxhaZU6U',2,1,'019245bbf980642dad4d8d67b25adc63','2024-10-01 01:40:00.000000','2024-10-01 01:55:00.000000','2024-10-01 01:40:00.000000');
INSERT INTO "elaas_attempts" VALUES('n7nokS9lNDSChzkeiReGjwNwx7iNtBxLo0S-cKWcp6k',2,1,'019245bbf98002c98fde1324f90dc41d','2024-10-01 01:40:00.000000','2024-10-01 01:55:00.000000','2024-10-01 01:40:00.000000');
INSERT INTO "elaas_attempts" VALUES('EUaX8bGDnvI_i5DHYduvfqDdIFVkTYGRpJ56FmVEQHk',2,1,'019245bbf9804d2f008107adace3a5c1','2024-10-01 01:40:00.000000','2024-10-01 01:55:00.000000','2024-10-01 01:40:00.000000');
CREATE TABLE elaas_bindings (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	account_id TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	person_index TEXT NOT NULL, 
	subject_index TEXT NOT NULL, 
	identity_sealed TEXT NOT NULL, 
	email_sealed TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_bindings" VALUES('019245b2d1c0b15928f05fd9cb92e3f7',1,1,'019245b2d1c0b16a5b5866df2735bd05','k1','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q','k1.JRp2CCyiU-m3plSRGRCe3dWVI3Tv9EwRwEYE4l40QWS_Pi1c03bjftHRQXbc733pftHWAb15A7WxqLatlAUuofkrKZDqWQ2StwgdGLApYq-RoyLqv-V03j_aMeXLc6aibK_Lzcre3QVFLkYzPDn1CDbwTfDN6cluaU76XaMLqxghC3jRbVMzS1z3TwR8R9bm4Q-x_790UYlgT5cMqEjlVMu0ZzRCPWjsNNmxA1OhuEGE8f4AVJN4oFh-UU-5y2Tfc3HHrjeikBtiQGIR025_4xUFiPD35I3bHYJOVFeBGfwFk0Oia9NqlKUuoL67yaG86bqT9Ukd4BNKglFN0uQG-EzCN1w2bC_FyKcEb35vDyMxOsvfZtpbh4aLkwPwJ1_oshYCybWiwMM3rW7enwPWnzJ2pDGnHtGGJMiQMS3riBk07Heb7H5G-2c8i7poWVVohxDifILLEGQLEj_TJPKRiNZIWOdLq94UZLn03wYtNfUulGjdXJx7ZUXhunA','k1.1lE5TZQbuBy7nNey1KwdxaluERoadpaiw5L3zaXbJ-K_Sbfh-fyCZnm4dQ','2024-10-01 01:30:00.000000',NULL);
CREATE TABLE elaas_budgets (
	name TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	charges TEXT NOT NULL, 
	keep_until DATETIME NOT NULL, 
	PRIMARY KEY (name, subject)
);
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c0b16a5b5866df2735bd05','{"019245b2d1c09639d99d384a307993d6": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.feThRfhzP5b1g_WlpVNo5rJruKyGA6lW8O_F3jiZ6A4','{"019245b2d1c0a6d7414907127cfbc9bf": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.address','k1.rUMWiYJ-a0Qmp4NtXLr-K2GHT77w3o_SHINnVLUKsfg','{"019245b2d1c0c174cc575c9bb117621f": "2024-10-01T01:30:00+00:00", "019245bbf980e76baa319c079422c544": "2024-10-01T01:40:00+00:00", "019245bbf98012dfee5bcb2a547cd4f5": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.feThRfhzP5b1g_WlpVNo5rJruKyGA6lW8O_F3jiZ6A4','{"019245b2d1c0ac4f9b3f9348be0238cc": "2024-10-01T01:30:00+00:00"}','2024-10-01 01:31:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245b2d1c06a462d3c9235bef87af7','{"019245b2d1c0a473047df908b47585dc": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('one_time_code.flow','019245b2d1c06a462d3c9235bef87af7','{"019245b2d1c0d11275b8794cca86053e": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245bbf9804399a5e7013b4e8336d4','{"019245bbf980a5672d8d04b0dabe3ac5": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245bbf98008163f6f358a3560412c','{"019245bbf980d4aac6728d26932cb049": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245bbf980da8521c3a05767f34dcd','{"019245bbf9801628c48e538bde71483b": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245bbf98063b832ccaaff384d09a7','{"019245bbf980557ee673944918d495c9": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.51-lFI1xT8Weqo_zphfCus9721pVMefMxxOVh8IWj3o','{"019245bbf980e4e5bf86339ab201fc77": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.51-lFI1xT8Weqo_zphfCus9721pVMefMxxOVh8IWj3o','{"019245bbf98020cf65e5dd2164c15f35": "2024-10-01T01:40:00+00:00"}','2024-10-01 01:41:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245bbf98002c98fde1324f90dc41d','{"019245bbf980ce0c25a2d88333560cad": "2024-10-01T01:40:00+00:00"}','2024-10-01 03:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245bbf980e792b318d1039a43b0d2','{"019245bbf980244f77e4163789c67ad6": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.2f-YzN-FjVGPkrPESeQTHAUecbjk7DqOml46hj4XFgA','{"019245bbf9803834ba733095678f1b10": "2024-10-01T01:40:00+00:00"}','2024-10-01 02:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.2f-YzN-FjVGPkrPESeQTHAUecbjk7DqOml46hj4XFgA','{"019245bbf9809add2ed05ddaf3fb2430": "2024-10-01T01:40:00+00:00"}','2024-10-01 01:41:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245bbf9804d2f008107adace3a5c1','{"019245bbf980a8bb52b7a4a4c8c17150": "2024-10-01T01:40:00+00:00"}','2024-10-01 03:40:00.000000');
INSERT INTO "elaas_budgets" VALUES('one_time_code.flow','019245bbf9804d2f008107adace3a5c1','{"019245bbf9803bdcfd7c8bd8af252af3": "2024-10-01T01:40:00+00:00"}','2024-10-01 03:40:00.000000');
CREATE TABLE elaas_events (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	code TEXT, 
	purpose TEXT, 
	stage TEXT, 
	account_id TEXT, 
	flow_id TEXT, 
	binding_id TEXT, 
	"by" TEXT, 
	reason TEXT, 
	client TEXT, 
	correlation_id TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_events" VALUES('019245b2d1c0b8d0a57bf826fd8769fe',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c0b16a5b5866df2735bd05',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c0670a32654b579734cec9',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0843ad1fcfa20c848eb34',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c095c775f8592cbe75c086',1,1,'2024-10-01 01:30:00.000000','identity.returned','done',NULL,'onboarding','identity','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c08f2cf6d7d11d31ae1f3e',1,1,'2024-10-01 01:30:00.000000','identity.verified','done',NULL,'onboarding','email','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c047a7dffdf0b1123a854e',1,1,'2024-10-01 01:30:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0eea2db548cae50dabb78',1,1,'2024-10-01 01:30:00.000000','one_time_code.confirmed','done',NULL,'onboarding','password','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c011f9fc24ab47ddd39f3a',1,1,'2024-10-01 01:30:00.000000','password.set','done',NULL,'onboarding','done','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7','019245b2d1c0b15928f05fd9cb92e3f7',NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9806c7dfc76083c4ec8bb48',1,1,'2024-10-01 01:40:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245bbf9804399a5e7013b4e8336d4',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245bbf980aef4ce771a7c0afd30ab',1,1,'2024-10-01 01:40:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245bbf9804399a5e7013b4e8336d4','019245bbf9808c44031b8a55773af1d2',NULL,NULL,NULL,'k1.MguuEQE8Blhejy-U4u3wjcJHxEW958rcM827dCFGzig','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980b6c794a60a258b9bc526',1,1,'2024-10-01 01:40:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245bbf98008163f6f358a3560412c',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245bbf980d19109a2946269baf19b',1,1,'2024-10-01 01:40:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245bbf98008163f6f358a3560412c','019245bbf98085604a10ba09eb4ee1d0',NULL,NULL,NULL,'k1.ZY4eBXanHwZAu_c2t0SCOToKJnUZ1KfIzPjCrndd4Zs','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980c9b03f179a54cc0ee3c4',1,1,'2024-10-01 01:40:00.000000','identity.requested','done',NULL,'onboarding','identity','019245bbf98008163f6f358a3560412c','019245bbf98085604a10ba09eb4ee1d0',NULL,NULL,NULL,'k1.ZY4eBXanHwZAu_c2t0SCOToKJnUZ1KfIzPjCrndd4Zs','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980a347f5aa3c4ae3f3ca86',1,1,'2024-10-01 01:40:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245bbf980da8521c3a05767f34dcd',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245bbf9803e8a4e6e502930ccd375',1,1,'2024-10-01 01:40:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245bbf980da8521c3a05767f34dcd','019245bbf980642dad4d8d67b25adc63',NULL,NULL,NULL,'k1.Kec4z3aO4j4QhqBZCf2dBd5Fa4M5t7Nrihg4OH4ZVE8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9809045cbf64ed31b663652',1,1,'2024-10-01 01:40:00.000000','identity.requested','done',NULL,'onboarding','identity','019245bbf980da8521c3a05767f34dcd','019245bbf980642dad4d8d67b25adc63',NULL,NULL,NULL,'k1.Kec4z3aO4j4QhqBZCf2dBd5Fa4M5t7Nrihg4OH4ZVE8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf98036897a5433dc4b69b285',1,1,'2024-10-01 01:40:00.000000','identity.returned','done',NULL,'onboarding','identity','019245bbf980da8521c3a05767f34dcd','019245bbf980642dad4d8d67b25adc63',NULL,NULL,NULL,'k1.Kec4z3aO4j4QhqBZCf2dBd5Fa4M5t7Nrihg4OH4ZVE8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980ec7b66b695f49b3ed6f8',1,1,'2024-10-01 01:40:00.000000','identity.verified','done',NULL,'onboarding','email','019245bbf980da8521c3a05767f34dcd','019245bbf980642dad4d8d67b25adc63',NULL,NULL,NULL,'k1.Kec4z3aO4j4QhqBZCf2dBd5Fa4M5t7Nrihg4OH4ZVE8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980e59045d69afa73dc9efa',1,1,'2024-10-01 01:40:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245bbf98063b832ccaaff384d09a7',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245bbf980487570d0afd20db6cac5',1,1,'2024-10-01 01:40:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245bbf98063b832ccaaff384d09a7','019245bbf98002c98fde1324f90dc41d',NULL,NULL,NULL,'k1.qXt5TQPYMM_IfOdV_050oKKfHxMs-27x6P1w_Zzuoy8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9805ab17b9681980df6c8ad',1,1,'2024-10-01 01:40:00.000000','identity.requested','done',NULL,'onboarding','identity','019245bbf98063b832ccaaff384d09a7','019245bbf98002c98fde1324f90dc41d',NULL,NULL,NULL,'k1.qXt5TQPYMM_IfOdV_050oKKfHxMs-27x6P1w_Zzuoy8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9804d598d411365e88ab596',1,1,'2024-10-01 01:40:00.000000','identity.returned','done',NULL,'onboarding','identity','019245bbf98063b832ccaaff384d09a7','019245bbf98002c98fde1324f90dc41d',NULL,NULL,NULL,'k1.qXt5TQPYMM_IfOdV_050oKKfHxMs-27x6P1w_Zzuoy8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9809876ce5d2551e12d4b11',1,1,'2024-10-01 01:40:00.000000','identity.verified','done',NULL,'onboarding','email','019245bbf98063b832ccaaff384d09a7','019245bbf98002c98fde1324f90dc41d',NULL,NULL,NULL,'k1.qXt5TQPYMM_IfOdV_050oKKfHxMs-27x6P1w_Zzuoy8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980892ec493cfadc3e40053',1,1,'2024-10-01 01:40:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245bbf98063b832ccaaff384d09a7','019245bbf98002c98fde1324f90dc41d',NULL,NULL,NULL,'k1.qXt5TQPYMM_IfOdV_050oKKfHxMs-27x6P1w_Zzuoy8','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980621f3925e89a68b7586d',1,1,'2024-10-01 01:40:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245bbf980e792b318d1039a43b0d2',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245bbf980dea35dbf10f419911949',1,1,'2024-10-01 01:40:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245bbf980e792b318d1039a43b0d2','019245bbf9804d2f008107adace3a5c1',NULL,NULL,NULL,'k1.SPia-fy_HRvRztMHruPqTwCZF5S4yoJz4Qo3ZmfpDeo','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980c45a4ca7b77ba4104aa5',1,1,'2024-10-01 01:40:00.000000','identity.requested','done',NULL,'onboarding','identity','019245bbf980e792b318d1039a43b0d2','019245bbf9804d2f008107adace3a5c1',NULL,NULL,NULL,'k1.SPia-fy_HRvRztMHruPqTwCZF5S4yoJz4Qo3ZmfpDeo','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf980115743aabd2f2b92d322',1,1,'2024-10-01 01:40:00.000000','identity.returned','done',NULL,'onboarding','identity','019245bbf980e792b318d1039a43b0d2','019245bbf9804d2f008107adace3a5c1',NULL,NULL,NULL,'k1.SPia-fy_HRvRztMHruPqTwCZF5S4yoJz4Qo3ZmfpDeo','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9806e5480e9ccd9e457387f',1,1,'2024-10-01 01:40:00.000000','identity.verified','done',NULL,'onboarding','email','019245bbf980e792b318d1039a43b0d2','019245bbf9804d2f008107adace3a5c1',NULL,NULL,NULL,'k1.SPia-fy_HRvRztMHruPqTwCZF5S4yoJz4Qo3ZmfpDeo','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9809e123da1c065b7ca3740',1,1,'2024-10-01 01:40:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245bbf980e792b318d1039a43b0d2','019245bbf9804d2f008107adace3a5c1',NULL,NULL,NULL,'k1.SPia-fy_HRvRztMHruPqTwCZF5S4yoJz4Qo3ZmfpDeo','req-1');
INSERT INTO "elaas_events" VALUES('019245bbf9807d0b25ddf28f1b297d82',1,1,'2024-10-01 01:40:00.000000','one_time_code.confirmed','done',NULL,'onboarding','password','019245bbf980e792b318d1039a43b0d2','019245bbf9804d2f008107adace3a5c1',NULL,NULL,NULL,'k1.SPia-fy_HRvRztMHruPqTwCZF5S4yoJz4Qo3ZmfpDeo','req-1');
CREATE TABLE elaas_flows (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	purpose TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	account_epoch INTEGER NOT NULL, 
	browser_digest TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	password_fingerprint TEXT NOT NULL, 
	live_attempts TEXT NOT NULL, 
	identity_sealed TEXT, 
	person_index TEXT, 
	subject_index TEXT, 
	email_sealed TEXT, 
	one_time_code_id TEXT, 
	one_time_code_digest TEXT, 
	one_time_code_reference TEXT, 
	one_time_code_sent_at DATETIME, 
	one_time_code_expires_at DATETIME, 
	"end" TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_flows" VALUES('019245b2d1c06a462d3c9235bef87af7',6,1,'onboarding','done','019245b2d1c0b16a5b5866df2735bd05',1,'k1.fdCpiOic_9_FpnJMMt3EpdRDNgugSzjZrYWANDyu1Oc','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.WMPoCUGXRZMfC9EnGUr6nxYIrTXKy4pkxrXpDqRUR-4','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245bbf9808c44031b8a55773af1d2',1,1,'onboarding','identity','019245bbf9804399a5e7013b4e8336d4',1,'k1.m3D6VzU2yHWVMgPzBKKIi_XsdFPA6YnqxqF1EP_aNow','2024-10-01 01:40:00.000000','2024-10-01 02:40:00.000000','k1.SZTNNXyhjWtm6fodRuJK76aMwOPhLDMilEuco_p8Vhk','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245bbf98085604a10ba09eb4ee1d0',2,1,'onboarding','identity','019245bbf98008163f6f358a3560412c',1,'k1.XgkbreHsjPWPjLBe-ptjNDwBPpufSESuXOv0GNiWx1A','2024-10-01 01:40:00.000000','2024-10-01 02:40:00.000000','k1.MIalWA8KISCK_h-v_tD0vWcrONKjKJeACMKcJTlplGg','["5GM_-SG10MYjI-sJ6vjTk_4tuGHz9bh885Jzyuwkf9U"]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245bbf980642dad4d8d67b25adc63',3,1,'onboarding','email','019245bbf980da8521c3a05767f34dcd',1,'k1.68m7HPqPG7nBRMhhvpCteQ9yMoT4eaQ54NdipwfXUl0','2024-10-01 01:40:00.000000','2024-10-01 02:40:00.000000','k1.KU9FG4n5mHGpEHCo4KxskxgTm3WKVrDurKgWdf1AMAY','[]','k1.AGnfFeLg9sMOK2oBiZOV9F-FB8Y1RUtEswdY1GDtx64b5zF2xzS-1ObQofUbXTLznfsPXFj28AP056Hw1rKfjopKh3F0dAyRyRPZdfzKLPb5jIGJ2Ia-7HJEEcxK3XnQ9dfDihlVtcHc9Hr3ckZOliRnTrio4uSC79Nzn-M_9rH27sftAeDrC-eHnywf23hHYP1D-A7udUPShlZ0vZOfqgNEtvuzwYxSXwr94i1p-Wcx80GGeI_wSLFEXcJMpHiVGqjq-oWHQbzqDFtnRdTKMzeKRMfkj_DhrMyNENi3s2LAFvEw1NZ4XkCe6jIE2zdjL2skgoWnUF2cGpjy46NT1dBFy-qR8D4AuPrsKB6_3Q6pP27MVA729kcvxJbwpJ0p-6PAu183G2xYvQEfJ5iDvePxK5Y1yf5_ChwxOR9lW7xYIsrdKMp5o-LDN5QZ93etnUdlDsqcx9bWA3ogXewrfZA24CPvwKCs3UjSxpz_6JFhZU8YmqV1Ep2feaU','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245bbf98002c98fde1324f90dc41d',4,1,'onboarding','one_time_code','019245bbf98063b832ccaaff384d09a7',1,'k1.NoR15e3jJTiXFiQuiHBA7bvwZWn3lsJZXINJHmfTEEA','2024-10-01 01:40:00.000000','2024-10-01 02:40:00.000000','k1.QOJMXHq4stYvVE8FEcM1U8F1hKolY-bpps6S_CTn-P0','[]','k1.dZNE3TaPpSzNscuR7Yiun6LFzhDUiNwi-WWMaPXyfQ4VuWcbWsXvp2qrCyCaIfe3M6TzoPr1jHGGwjmKCtgLh329BHY8rZG4yc8LMxaZ0YRS6Dh8DEywJMr94wuYLIB0tw5-aKScCGp61RdyV5zu47sMdi7S4LcFbSok8ouHNoeEkluEl_fVZ2i5blGedg1tk6kIeeEymyKYEkr0CzGzqMWNu_93WBZmVD6vS4DUvCOenQuLBBXRrbfA73Al8sAnqlrJ5oLIEtauNRSCpl4BKUfcc9nw3HBezSCDIXhcMuROxp4MsFo0Fz0AVUMB4-IxGTlcXio6NeyC338LyrXn7nNEY0OmO-0KwE-1a83IaV0C9gHapydgLMJqZyX4g8Ls2GsUtFmdOGIetBCDKPGIy7LlS1LdjUdjz2UTbOR9rc9RBVH4a5zy4MEPb5x1juvwPIBxmNrb9uc8AN-UsLOc3szkNbSr14TXqA0fZdYNgBfjX7tseo0Mwp8iRwQ','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q','k1.IutSiCF-sWVCZnId8IUhUMBfIEBQDCXnEooZNEZcMdNDWCaV_rxDtkAFAw','kxjg338rOq6jaUHMyG4sjw','k1.Cv1PNqI1es1KGqOyvTmKwOJpxESgrWvJBNPBT9I5Cak','VVVH','2024-10-01 01:40:00.000000','2024-10-01 01:50:00.000000',NULL);
INSERT INTO "elaas_flows" VALUES('019245bbf9804d2f008107adace3a5c1',5,1,'onboarding','password','019245bbf980e792b318d1039a43b0d2',1,'k1.-V7A1_XbZpsAsP2uv7FCovwjRTB5Mvg4BgMHP0ZM57A','2024-10-01 01:40:00.000000','2024-10-01 02:40:00.000000','k1.dWFyF4UAb5e1PuKNjQOaTJJCwBOULooDMjKTZFxUYKg','[]','k1.OBl9wxWDhqNVWLoegt-qSod_krme846WXfNWDIyYigGoGXiWE8J0U4ctnxwks6_M01XPed3yt1krFN-wUGqRoYa8zes5ONnyJoE3WRStPAKmEvIPtwl8pTzKwPKvWRvSacc1QQxvZoknPSp47lLjWFwu6A5t096BSuvhi5ZCRMcIXH_04xn2r6nuc48uBg3b-H34BnTEZpFXBMA6dvrxE6N9KdUbsCrig6xaPMVVFtvWEdiqHFXbT3falCGptFMx58IncR1_gidALT1p1DWrcwWlH4WnEZih0funDy95Rci0uw3-5c-EB3amQCx4O7sotqvTdi4hG7WktRSlVbWB7qT4h1gdTwUC1fi7g0aafnvb5k6GLedBI8x6DUpX_AIqkL2aZUEyWAjzWpoOsb4-ppaTwJdWkUMSu_ACTCj4g7gT_jYiNnzPohh4TQQCrqbhs9Y1icCEIyS-QYpOOWvfS2n9BUURxe-dmUzaovHmW_mJfFi_zvmJAXeMnx0','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q','k1.k59wKlvzIjQV_HIqQjWVeivMy2BbdnFBm7B9SHITWRcVMQ1Z9FVUNRwVxw',NULL,NULL,'KCLT','2024-10-01 01:40:00.000000','2024-10-01 01:50:00.000000',NULL);
CREATE TABLE elaas_identity_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT elaas_identity_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "elaas_identity_version" VALUES('0001');
CREATE UNIQUE INDEX ix_elaas_accounts_username_index ON elaas_accounts (username_index);
CREATE INDEX ix_elaas_accounts_key_id ON elaas_accounts (key_id);
CREATE INDEX ix_elaas_attempts_expires_at ON elaas_attempts (expires_at);
CREATE INDEX ix_elaas_attempts_flow_id ON elaas_attempts (flow_id);
CREATE INDEX ix_elaas_bindings_account_id ON elaas_bindings (account_id);
CREATE INDEX ix_elaas_bindings_key_id ON elaas_bindings (key_id);
CREATE INDEX ix_elaas_bindings_person_index ON elaas_bindings (person_index);
CREATE INDEX ix_elaas_budgets_keep_until ON elaas_budgets (keep_until);
CREATE INDEX ix_elaas_events_account_id ON elaas_events (account_id);
CREATE INDEX ix_elaas_events_flow_id ON elaas_events (flow_id);
CREATE INDEX ix_elaas_flows_account_id ON elaas_flows (account_id);
CREATE INDEX ix_elaas_flows_expires_at ON elaas_flows (expires_at);
COMMIT;
