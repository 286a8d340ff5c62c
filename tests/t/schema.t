# config/cluster.schema.json against the option table that the loader reads: the same keys,
# defaults, words and texts; and what the schema takes for a wrong type, the loader refuses too.
use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Temp ();
use IPC::Run ();
use JSON::PP ();
use Test::More;

chdir realpath(dirname(__FILE__) . '/../..') or die;
my $tool    = "$ENV{PGWATCH_BUILD}/tests/tools/options_print";
my $folder  = File::Temp::tempdir('pgwatch-schema-XXXXXX', DIR => '/tmp', CLEANUP => 1);
delete @ENV{qw(PGWATCH_PASSWORD UNSET)};
$ENV{HOME} = $folder;

# Reads a JSON list of YAML texts; writes a JSON list: null for a valid one, else what is wrong.
my $validator = <<'EOF';
import json, sys, yaml, jsonschema
schema = json.load(open("config/cluster.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
def complaint(text):
    errors = [error.message for error in validator.iter_errors(yaml.safe_load(text))]
    return errors[0] if errors else None
json.dump([complaint(text) for text in json.load(sys.stdin)], sys.stdout)
EOF

sub schema_complaints
{
	my @texts = @_;
	my ($out, $err);
	my $in = JSON::PP::encode_json(\@texts);
	IPC::Run::run([ 'python3', '-c', $validator ], '<', \$in, '>', \$out, '2>', \$err)
	  or BAIL_OUT("python3 with jsonschema and yaml: $err");
	return @{ JSON::PP::decode_json($out) };
}

# 1 or 0 for each text.
sub loader_verdicts
{
	my @texts = @_;
	foreach my $i (0 .. $#texts)
	{
		open my $file, '>', "$folder/$i.yaml" or die;
		print $file $texts[$i];
		close $file or die;
	}
	open my $pipe, '-|', $tool, '--load', map { "$folder/$_.yaml" } 0 .. $#texts or die;
	my @verdicts = map { /^taken$/ ? 1 : 0 } <$pipe>;
	close $pipe or BAIL_OUT("$tool failed");
	return @verdicts;
}

sub slurp
{
	my ($name) = @_;
	open my $file, '<', $name or die "cannot open $name: $!";
	local $/;
	return scalar <$file>;
}

my $schema  = JSON::PP::decode_json(slurp('config/cluster.schema.json'));
my @options = map { JSON::PP::decode_json($_) } `'$tool'`;
cmp_ok(scalar @options, '>', 40, 'the option table is there');

# A property with what it refers to.
sub resolve
{
	my ($property) = @_;
	my $reference = $property->{'$ref'} // return $property;
	my ($name)    = $reference =~ m{^#/\$defs/(\w+)$} or die "reference $reference";
	return { %{ resolve($schema->{'$defs'}{$name}) }, %$property };
}

# By path as options_print writes it: the property, and whether it is required.
sub schema_properties
{
	my %found;
	my $take = sub {
		my ($prefix, $map) = @_;
		my %required = map { $_ => 1 } @{ $map->{required} // [] };
		foreach my $key (keys %{ $map->{properties} })
		{
			my $known = $found{"$prefix$key"} //= { required => 0, property => {} };
			$known->{required} ||= $required{$key} // 0;
			$known->{property} =
			  { %{ resolve($map->{properties}{$key}) }, %{ $known->{property} } };
		}
		is($map->{additionalProperties} // '', JSON::PP::false, "${prefix}*: no other key is taken")
		  if !$map->{oneOf};
	};
	my %top = %{ $schema->{properties} };
	my %sections = map { $_ => $top{$_} }
	  grep { ($top{$_}{type} // '') =~ /^(?:object|array)$/ } keys %top;
	my %plain = map { $_ => $top{$_} } grep { !$sections{$_} } keys %top;
	$take->('', { %$schema, properties => \%plain });
	foreach my $section (keys %sections)
	{
		my $map = $sections{$section};
		if   ($map->{type} eq 'array') { $take->("${section}[].", $map->{items}) }
		else                           { $take->("$section.", $_) foreach $map, @{ $map->{oneOf} // [] } }
	}
	return \%found;
}

sub words_of
{
	my ($property) = @_;
	my ($any) = map { $_->{enum} // () } @{ $property->{anyOf} // [] };
	my $words = $property->{enum} // $any // ($property->{items} // {})->{enum} // [];
	return [ grep { !ref } @$words ];
}

sub default_of
{
	my ($property) = @_;
	my $default = $property->{default} // return undef;
	return '[' . join(', ', @$default) . ']' if ref $default eq 'ARRAY';
	return ref $default ? ($default ? 'true' : 'false') : $default;
}

sub test_same_keys
{
	my $properties = schema_properties();
	is_deeply([ sort keys %$properties ], [ sort map { $_->{path} } @options ], 'the same keys');
	foreach my $option (@options)
	{
		my $known    = $properties->{ $option->{path} } // next;
		my $property = $known->{property};
		my $path     = $option->{path};
		# files is required under a local stack only: beyond this schema.
		is($known->{required} ? 1 : 0, $option->{required} ? 1 : 0, "$path: required")
		  if $path ne 'nodes[].files';
		is(default_of($property), $option->{default}, "$path: default");
		is_deeply(words_of($property), $option->{words}, "$path: words")
		  if $option->{type} =~ /^(?:word|list)$/;
		like($property->{description}, qr/^\Q$option->{help}\E/, "$path: described in the same words");
		is($property->{maxLength}, $option->{max}, "$path: length") if $option->{max} == 63;
	}
	return;
}

# A description that says $value for this option.
sub description_with
{
	my ($option, $value) = @_;
	my ($section, $key) = @$option{qw(section key)};
	my %stacks = (
		compose => { kind => 'compose', file => 'f', project => 'p' },
		local   => { kind => 'local',   data => 'd' },
	);
	my $stack = $stacks{ $option->{stack} // ($section eq 'stack' ? 'compose' : '') };
	my %maps  = (
		'' => { cluster => 'x' },
		nodes => $key eq 'conninfo' ? { name => 'a' } : { name => 'a', host => 'h' },
		stack => $stack // {},
	);
	$maps{nodes}{files} = 'f' if ($option->{stack} // '') eq 'local';
	$maps{$section}{$key} = $value;
	my %text = map {
		my $map = $maps{$_};
		($_ => join(', ', map { "$_: $map->{$_}" } sort keys %$map))
	} keys %maps;
	my $yaml = join '', map { "$_: $maps{''}{$_}\n" } sort keys %{ $maps{''} };
	$yaml .= "nodes: [{$text{nodes}}]\n";
	$yaml .= "stack: {$text{stack}}\n" if %{ $maps{stack} };
	$yaml .= "$section: {$text{$section}}\n" if $section =~ /^(?:connection|poll|probe|limits)$/;
	return $yaml;
}

# Values by type; the loader knows more than types, so that it may refuse what the schema takes only
# where the type is right.
sub test_same_types
{
	my @wrong = ('[a]', '[[a]]', '{a: b}', '7', '7.5', 'true', 'no', '~', '""');
	my @right = ('text', '"7"', '"true"', '1s', '"1 s"', '1.5h', '64MB', '5m', '1gb', '-1s', '[on]',
		'["on", local]', '[on, on]', '[off]', '[]', '"${UNSET:-1s}"', '0', '0x10', '65535', '65536',
		'compose', 'local', 'verify-full', 'verify', 'system', 'auto', 'pg_x');
	my @cases = map { my $option = $_; map { [ $option, $_ ] } @wrong, @right } @options;
	my @texts = map { description_with(@$_) } @cases;
	my @complaints = schema_complaints(@texts);
	my @verdicts   = loader_verdicts(@texts);
	my $refused = 0;

	foreach my $i (0 .. $#cases)
	{
		my ($option, $value) = @{ $cases[$i] };
		my $takes    = $verdicts[$i];
		my $by_type  = grep { $_ eq $value } @wrong;
		my $conflict = defined $complaints[$i] ? $takes : ($by_type && !$takes);
		$refused += !$takes;
		ok(!$conflict, "$option->{path}: $value: " . ($takes ? 'taken' : 'refused') . ' by both')
		  or diag(($complaints[$i] // 'the schema takes it') . "\n$texts[$i]");
	}
	cmp_ok($refused, '>', @options * 8, 'much was refused');
	cmp_ok($refused, '<', @cases - @options, 'and much was taken');
	return;
}

sub test_same_structure
{
	my $valid    = "cluster: x\nnodes: [{name: a, host: h}]\n";
	my @sections = qw(stack connection poll probe limits);
	my @many     = map { "{name: n$_, host: h}" } 1 .. 257;
	my @refused  = (
		"cluster: x\n",
		"nodes: [{name: a, host: h}]\n",
		"cluster: x\nnodes: []\n",
		"cluster: x\nnodes: {}\n",
		"[]\n",
		"x\n",
		"cluster: x\nnodes: [a]\n",
		"cluster: x\nnodes: [{host: h}]\n",
		"cluster: x\nnodes: [{name: a, host: h, conninfo: 'host=h'}]\n",
		"cluster: x\nnodes: [{name: a, host: h, unknown: 1}]\n",
		"cluster: x\nnodes: [" . join(', ', @many) . "]\n",
		"${valid}stack: {}\n",
		"${valid}stack: {kind: compose}\n",
		"${valid}stack: {kind: local}\n",
		"${valid}stack: {kind: k8s}\n",
		"${valid}stack: {kind: local, data: d, project: p}\n",
		"${valid}stack: {kind: compose, file: f, project: p, data: d}\n",
		"${valid}unknown: 1\n",
		(map { ("${valid}$_: {unknown: 1}\n", "${valid}$_:\n") } @sections),
	);
	my @taken = (
		$valid,
		"${valid}poll: {}\n",
		"${valid}connection: {}\n",
		"cluster: x\nnodes: [{name: a, conninfo: 'host=h'}]\n",
		"${valid}stack: {kind: compose, file: f, project: p}\n",
	);
	my @complaints = schema_complaints(@refused, @taken);
	my @verdicts   = loader_verdicts(@refused, @taken);

	foreach my $text (@refused, @taken)
	{
		my $expected  = (grep { $_ eq $text } @taken) ? 1 : 0;
		my $complaint = shift @complaints;
		my $name      = substr($text =~ s/\n/\\n/gr, 0, 70);
		is(defined $complaint ? 0 : 1, $expected, "schema: $name");
		is(shift @verdicts, $expected, "loader: $name");
	}
	return;
}

sub test_examples
{
	my @files = glob 'config/*.yaml';
	my @complaints = schema_complaints(map { slurp($_) } @files);
	cmp_ok(scalar @files, '>=', 3, 'examples are there');
	foreach my $i (0 .. $#files)
	{
		is($complaints[$i], undef, "$files[$i] is valid");
		like(slurp($files[$i]), qr/\A# yaml-language-server: \$schema=cluster\.schema\.json\n/,
			"$files[$i] names the schema");
	}
	return;
}

test_examples();
test_same_keys();
test_same_structure();
test_same_types();
done_testing();
